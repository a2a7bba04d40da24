// For programs that are random, and the same for the same seed: fixtures and scripts, which are plain JavaScript, and tests.

/** Mulberry32: small, fast. Each call gives a number from 0 to below 1. */
export function pseudoRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
