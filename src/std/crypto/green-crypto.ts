// createGreenCrypto(): node:crypto, with its slow functions replaced by twins that suspend.

import crypto from 'node:crypto';

import { assertInteger, assertKnownKeys, assertOneOf, withDefaults } from '../../pool/index.ts';
import { cpuTwin } from '../cpu-twin.ts';
import { namespaceWith, type Replaced } from '../namespace-of.ts';
import { signerFunctions } from './green-signer.ts';
import { signPlanner } from './one-shot-sign.ts';
import { originalOf } from './originals.ts';
import type { SignChoice } from './private-keys.ts';
import { randomPlanners } from './random-bytes.ts';
import { slowPlanners } from './slow-functions.ts';

export interface CryptoLimits {
  /** From how many bytes on `randomBytes()`, `randomFillSync()` and `generateKeySync('hmac')` suspend. */
  readonly random: number;
}

export interface GreenCryptoOptions {
  /**
   * With which keys `sign()` and `Sign#sign()` suspend: `'rsa'`, or `'all'`, which with elliptic curves takes 40 to 70 µs
   * longer and spares the event loop 30. Default `'rsa'`.
   */
  sign?: SignChoice;
  /** From how many bytes on a call suspends; below, it blocks for that short. */
  min?: Partial<CryptoLimits>;
}

export interface GreenCrypto {
  /** All of `node:crypto`, with what `replaced` names replaced. */
  readonly namespace: typeof crypto;
  /** By name, what this Node has: its own function, and the green one in its place. */
  readonly replaced: ReadonlyMap<string, Replaced>;
}

/** What `createGreenCrypto()` does unless told otherwise. By measurement: see docs/std.md. */
export const GREEN_CRYPTO_DEFAULTS: Readonly<{ sign: SignChoice; min: Readonly<CryptoLimits> }> = Object.freeze({
  sign: 'rsa',
  min: Object.freeze({ random: 65_536 }),
});

/**
 * Makes a namespace like `greenroom/std/crypto` with other settings. Never suspends. All namespaces of a process share one
 * limit of what computes at once: a thread of libuv's pool is left to others.
 *
 * @param options - see {@link GreenCryptoOptions}; `min` in bytes, 0 to 2^53 - 1 each.
 * @throws `GREEN_ERR_OPT_INVALID` for bad options.
 * @example
 * ```ts
 * import { createGreenCrypto } from 'greenroom/std/crypto';
 *
 * export const { namespace: crypto } = createGreenCrypto({ sign: 'all' });
 * ```
 */
export function createGreenCrypto(options: GreenCryptoOptions = {}): GreenCrypto {
  assertKnownKeys(options, GREEN_CRYPTO_DEFAULTS, 'createGreenCrypto() options');
  const { sign, min: given } = withDefaults(options as Partial<Required<GreenCryptoOptions>>, GREEN_CRYPTO_DEFAULTS);
  assertOneOf('sign', sign, ['rsa', 'all']);
  assertKnownKeys(given, GREEN_CRYPTO_DEFAULTS.min, 'min');
  const min = withDefaults(given, GREEN_CRYPTO_DEFAULTS.min);
  assertInteger('min.random', min.random, 0, Number.MAX_SAFE_INTEGER);

  const replaced = new Map<string, Replaced>();
  const planners = { ...slowPlanners(min.random), ...randomPlanners(min.random), sign: signPlanner(sign) };
  for (const [name, plan] of Object.entries(planners)) {
    const original = originalOf(name);
    if (original !== undefined) replaced.set(name, { original, green: cpuTwin(original, plan) });
  }
  for (const [name, functions] of signerFunctions(sign)) replaced.set(name, functions);
  return { namespace: namespaceWith(crypto, replaced), replaced };
}
