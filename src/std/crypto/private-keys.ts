// Which keys are slow to sign with: those of RSA. A key in a text or in bytes must be parsed to know, which signing would
// do anyway; the parsed key is handed on, so that it is done once.

import type { KeyObject } from 'node:crypto';
import { isKeyObject } from 'node:util/types';

import { bytesOf } from '../cpu-twin.ts';
import { knownOriginal } from './originals.ts';

/** `'rsa'`: with RSA keys only. `'all'`: with every key. */
export type SignChoice = 'rsa' | 'all';

/** Below, an encoded key is of an elliptic curve, or of an RSA that is quick: RSA of 1024 bits takes 600 bytes. */
const MIN_ENCODED_BYTES = 500;

/** What to sign with; null for what the original is to be called with. */
export interface SigningKey {
  /** For `sign()`: parsed, with the padding and whatever else was given. */
  readonly key: unknown;
  /** Whether it takes longer than the way to the pool and back. */
  readonly slow: boolean;
}

export function signingKey(given: unknown, choice: SignChoice): SigningKey | null {
  if (isKeyObject(given)) return known(given as KeyObject, given, choice);
  if (typeof given === 'string' || ArrayBuffer.isView(given)) return encoded(given, given, {}, choice);
  if (typeof given !== 'object' || given === null) return null;
  const { key, format } = given as { key?: unknown; format?: unknown };
  if (isKeyObject(key)) return known(key as KeyObject, given, choice);
  if (format === 'jwk') {
    return (key as { kty?: unknown } | null | undefined)?.kty === 'RSA' || choice === 'all'
      ? parsed(given, given, choice)
      : null;
  }
  return encoded(key, given, given, choice);
}

function known(key: KeyObject, given: unknown, choice: SignChoice): SigningKey | null {
  if (key.type !== 'private') return null;
  return isSlow(key, choice) ? { key: given, slow: true } : null;
}

function encoded(key: unknown, given: unknown, options: object, choice: SignChoice): SigningKey | null {
  if (choice !== 'all' && bytesOf(key) < MIN_ENCODED_BYTES) return null;
  return parsed(given, options, choice);
}

function parsed(given: unknown, options: object, choice: SignChoice): SigningKey | null {
  try {
    const key = knownOriginal('createPrivateKey')(given) as KeyObject;
    return { key: { ...options, key }, slow: isSlow(key, choice) };
  } catch {
    return null; // the original will say what is wrong with it
  }
}

function isSlow({ asymmetricKeyType }: KeyObject, choice: SignChoice): boolean {
  return choice === 'all' || asymmetricKeyType === 'rsa' || asymmetricKeyType === 'rsa-pss';
}
