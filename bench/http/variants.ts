// What is compared: every pair is the same work written with async/await and with greenroom. Each variant gets a
// server process of its own, because two routes in one process share inline caches and a heap (FASTIFY.md section 4).

export const VARIANTS = [
  'plain-async',
  'plain-async-again',
  'plain-green',
  'wait1-async',
  'wait1-green',
  'wait5-async',
  'wait5-green',
  'deep-async',
  'deep-green',
  'upstream-undici',
  'upstream-async',
  'upstream-green',
] as const;

export type Variant = (typeof VARIANTS)[number];

export interface Pair {
  readonly name: string;
  readonly work: string;
  readonly a: Variant;
  readonly b: Variant;
}

export const CONTROL = 'A/A control';

/** In every ratio `b` is over `a`. */
export const PAIRS: readonly Pair[] = [
  { name: CONTROL, work: 'plain, the same async code twice', a: 'plain-async', b: 'plain-async-again' },
  { name: 'plain', work: 'no wait at all', a: 'plain-async', b: 'plain-green' },
  { name: 'wait1', work: '1 wait for a setImmediate', a: 'wait1-async', b: 'wait1-green' },
  { name: 'wait5', work: '5 such waits, one after another', a: 'wait5-async', b: 'wait5-green' },
  { name: 'deep', work: '1 such wait below 15 calls', a: 'deep-async', b: 'deep-green' },
  { name: 'upstream', work: '2 HTTP calls; async: undici.request', a: 'upstream-undici', b: 'upstream-green' },
  { name: 'same-client', work: "2 HTTP calls; async: greenroom's client", a: 'upstream-async', b: 'upstream-green' },
];

/** The pairs to run: one by name, or all. The control is always among them. */
export function selectPairs(only: string | undefined): readonly Pair[] {
  if (only === undefined) return PAIRS;
  if (!PAIRS.some((pair) => pair.name === only)) {
    throw new Error(`--only takes one of: ${PAIRS.map((pair) => pair.name).join(', ')}`);
  }
  return PAIRS.filter((pair) => pair.name === CONTROL || pair.name === only);
}
