// greenroom/std/crypto: node:crypto, whose slow functions suspend in a context.

import type crypto from 'node:crypto';

import { createGreenCrypto, GREEN_CRYPTO_DEFAULTS, type GreenCrypto, type GreenCryptoOptions } from './green-crypto.ts';

const green: GreenCrypto = createGreenCrypto();
const namespace: typeof crypto = green.namespace;

export * from 'node:crypto';
export { createGreenCrypto, GREEN_CRYPTO_DEFAULTS, type GreenCrypto, type GreenCryptoOptions };

/** The functions of this Node's `crypto` that are green here; everything else is Node's own. */
export const replacedNames: readonly string[] = Object.freeze([...green.replaced.keys()]);

/**
 * Like every function below: outside a context, and wherever it may not suspend, exactly Node's own. In a context it
 * **suspends the context** while a thread of libuv's pool computes; arguments, results and errors are those of Node's.
 *
 * - One thread of the pool (`UV_THREADPOOL_SIZE`, 4) is left to files and DNS: what is over the limit stands in line, first
 *   come, first served, together with the computing of `greenroom/std/zlib`.
 * - Cancelled while it stands in line, a call leaves the queue and computes nothing. Cancelled while it is computed, it
 *   throws at once, and the work, which nothing can stop, goes on to its end; `randomFillSync()` throws only then, because
 *   until then the caller's memory is written to.
 *
 * Throws what Node's does, and `GREEN_ERR_CANCELLED`.
 */
export const pbkdf2Sync: typeof crypto.pbkdf2Sync = namespace.pbkdf2Sync;

/** Suspends the context. See {@link pbkdf2Sync}. */
export const scryptSync: typeof crypto.scryptSync = namespace.scryptSync;

type Argon2Sync = (algorithm: string, parameters: object) => Buffer;

/** Suspends the context. Node 24 and later; undefined before. See {@link pbkdf2Sync}. */
export const argon2Sync: Argon2Sync = (namespace as unknown as { argon2Sync: Argon2Sync }).argon2Sync;

/** Suspends the context, except for the curves that are quick: Ed25519, X25519 and P-256. See {@link pbkdf2Sync}. */
export const generateKeyPairSync: typeof crypto.generateKeyPairSync = namespace.generateKeyPairSync;

/** Suspends the context for an HMAC key of 65,536 bytes and more: any other is made in 15 µs. See {@link pbkdf2Sync}. */
export const generateKeySync: typeof crypto.generateKeySync = namespace.generateKeySync;

/** Suspends the context. See {@link pbkdf2Sync}. */
export const generatePrimeSync: typeof crypto.generatePrimeSync = namespace.generatePrimeSync;

/** Suspends the context. See {@link pbkdf2Sync}. */
export const checkPrimeSync: typeof crypto.checkPrimeSync = namespace.checkPrimeSync;

/** Without a callback: suspends the context from 65,536 bytes on. See {@link pbkdf2Sync}. */
export const randomBytes: typeof crypto.randomBytes = namespace.randomBytes;

/** Suspends the context from 65,536 bytes on. See {@link pbkdf2Sync}. */
export const randomFillSync: typeof crypto.randomFillSync = namespace.randomFillSync;

/** Without a callback: suspends the context with an RSA key. See {@link pbkdf2Sync}. */
export const sign: typeof crypto.sign = namespace.sign;

/**
 * A signer whose `sign()`, if the signer was made in a context, suspends the context with an RSA key, for up to 1 MiB of
 * data. See {@link pbkdf2Sync}.
 */
export const createSign: typeof crypto.createSign = namespace.createSign;

/** As {@link createSign}. */
const GreenSign: typeof crypto.Sign = namespace.Sign;

export { GreenSign as Sign };

export default namespace;
