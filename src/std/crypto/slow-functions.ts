// Keys from passwords, keys and primes by search: tens to hundreds of milliseconds of computing, and on a thread of the
// pool it costs the event loop 0.02 to 0.2 ms. Those among them that are quick are left alone.

import { asGivenNow, type Computation, type Planner } from '../cpu-twin.ts';
import { ORIGINAL, type Settle } from '../twin.ts';
import { knownOriginal } from './originals.ts';

/** Curves for which making a key takes no longer than the way to the pool and back. */
const QUICK_TYPES: readonly unknown[] = ['ed25519', 'x25519'];
const QUICK_CURVES: readonly unknown[] = ['prime256v1', 'P-256'];

/**
 * The asynchronous `name` with `args`, which must be as many as it takes before the callback. Should it fail, the original
 * is called: the two ways tell of one mistake in different words, and it is made at once.
 */
export function calling(name: string, args: readonly unknown[]): Computation {
  const fn = knownOriginal(name);
  const given = args.map((arg) => asGivenNow(arg));
  return { begin: (done) => fn(...given, orOriginal(done)) };
}

/** A callback: what failed is left to the original. */
export function orOriginal(done: Settle): (error: unknown, value?: unknown) => void {
  return (error, value) => done(null, error === null || error === undefined ? value : ORIGINAL);
}

export function slowPlanners(minRandomBytes: number): Readonly<Record<string, Planner>> {
  return {
    pbkdf2Sync: ([password, salt, iterations, keylen, digest]) =>
      calling('pbkdf2', [password, salt, iterations, keylen, digest]),
    scryptSync: ([password, salt, keylen, options]) =>
      typeof options === 'function' ? null : calling('scrypt', [password, salt, keylen, options]),
    argon2Sync: ([algorithm, parameters]) => calling('argon2', [algorithm, parameters]),
    generateKeyPairSync: planKeyPair,
    generateKeySync: (args) => planKey(args, minRandomBytes),
    generatePrimeSync: ([size, options]) =>
      typeof options === 'function' ? null : calling('generatePrime', [size, options === undefined ? {} : options]),
    checkPrimeSync: ([candidate, options]) =>
      typeof options === 'function' ? null : calling('checkPrime', [candidate, options === undefined ? {} : options]),
  };
}

function planKeyPair([type, options]: readonly unknown[]): Computation | null {
  if (QUICK_TYPES.includes(type) || typeof options === 'function') return null;
  if (type === 'ec' && QUICK_CURVES.includes((options as { namedCurve?: unknown } | undefined)?.namedCurve))
    return null;
  const generateKeyPair = knownOriginal('generateKeyPair');
  const given = asGivenNow(options);
  return {
    begin: (done) =>
      generateKeyPair(type, given, (error: unknown, publicKey: unknown, privateKey: unknown) =>
        orOriginal(done)(error, { publicKey, privateKey }),
      ),
  };
}

// Nothing but random bytes: only an HMAC key can be of a size that pays.
function planKey([type, options]: readonly unknown[], minBytes: number): Computation | null {
  const bits = (options as { length?: unknown } | null | undefined)?.length;
  if (type !== 'hmac' || typeof bits !== 'number' || bits / 8 < minBytes) return null;
  return calling('generateKey', [type, options]);
}
