// createSign() and new Sign(), which jws and jsonwebtoken use. A signer made in a context is Node's own, fed as ever, and
// keeps what it is fed besides: its sign() gives that to the one-shot sign(), which can compute elsewhere.

import type { KeyObject, Sign } from 'node:crypto';

import { currentContext } from '../../pool/index.ts';
import { type Computation, cpuTwin } from '../cpu-twin.ts';
import type { Replaced } from '../namespace-of.ts';
import { type AnyFunction, ORIGINAL } from '../twin.ts';
import { signing } from './one-shot-sign.ts';
import { knownOriginal } from './originals.ts';
import { type SignChoice, signingKey } from './private-keys.ts';

/** What a signer has been fed. */
interface Fed {
  readonly algorithm: string;
  /** Copies; null when it was too much to keep. */
  chunks: Buffer[] | null;
  bytes: number;
  /** Whether it has signed, of which Node's own part knows nothing yet. */
  signed: boolean;
}

/** Beyond, hashing takes longer than signing, and sign() blocks for the latter. */
const MAX_KEPT_BYTES = 1_048_576;

export function signerFunctions(choice: SignChoice): ReadonlyMap<string, Replaced> {
  const OriginalSign = knownOriginal('Sign');
  const prototype = OriginalSign.prototype as Record<'update' | 'sign', AnyFunction>;
  const fedOf = new WeakMap<object, Fed>();
  const update = feeder(prototype.update, fedOf);
  const sign = cpuTwin(signNow(prototype.sign, fedOf), ([given, encoding], self) => {
    const fed = fedOf.get(self as object);
    return fed === undefined || fed.signed ? null : planSign(fed, given, encoding, choice);
  });

  const watched = (signer: Sign, algorithm: unknown): Sign => {
    // A subclass may have an update() and a sign() of its own.
    if (currentContext() === null || Object.getPrototypeOf(signer) !== prototype) return signer;
    fedOf.set(signer, { algorithm: String(algorithm), chunks: [], bytes: 0, signed: false });
    const hidden = { enumerable: false, configurable: true, writable: true };
    return Object.defineProperties(signer, { update: { ...hidden, value: update }, sign: { ...hidden, value: sign } });
  };
  const green = (original: AnyFunction): Replaced => {
    const made = function (algorithm: unknown, options: unknown): Sign {
      return watched(
        Reflect.construct(OriginalSign, [algorithm, options], new.target ?? OriginalSign) as Sign,
        algorithm,
      );
    };
    const descriptors = { ...Object.getOwnPropertyDescriptors(original), [ORIGINAL]: { value: original } };
    return { original, green: Object.defineProperties(made, descriptors) };
  };
  return new Map([
    ['createSign', green(knownOriginal('createSign'))],
    ['Sign', green(OriginalSign)],
  ]);
}

function signNow(original: AnyFunction, fedOf: WeakMap<object, Fed>): AnyFunction {
  return function sign(this: object, options: unknown, encoding: unknown): unknown {
    if (fedOf.get(this)?.signed === true) finishOriginal(this);
    return Reflect.apply(original, this, [options, encoding]);
  };
}

function feeder(original: AnyFunction, fedOf: WeakMap<object, Fed>): AnyFunction {
  return function update(this: object, data: unknown, encoding: unknown): unknown {
    const fed = fedOf.get(this);
    if (fed?.signed === true) finishOriginal(this);
    const result: unknown = Reflect.apply(original, this, [data, encoding]);
    if (fed === undefined || fed.chunks === null) return result;
    const copy = copyOf(data, encoding);
    fed.bytes += copy.length;
    if (fed.bytes > MAX_KEPT_BYTES) fed.chunks = null;
    else fed.chunks.push(copy);
    return result;
  };
}

function copyOf(data: unknown, encoding: unknown): Buffer {
  if (typeof data === 'string') {
    return Buffer.from(data, Buffer.isEncoding(encoding as string) ? (encoding as BufferEncoding) : 'utf8');
  }
  const { buffer, byteOffset, byteLength } = data as ArrayBufferView;
  return Buffer.from(Buffer.from(buffer, byteOffset, byteLength));
}

function planSign(fed: Fed, given: unknown, encoding: unknown, choice: SignChoice): Computation | null {
  const { algorithm, chunks } = fed;
  if (chunks === null) return null;
  if (encoding !== undefined && encoding !== null && encoding !== 'buffer' && !isEncoding(encoding)) return null;
  const key = signingKey(given, choice);
  if (key === null) return null;
  return signing(algorithm, Buffer.concat(chunks), key, (signature) => {
    fed.signed = true;
    return isEncoding(encoding) ? signature.toString(encoding) : signature;
  });
}

function isEncoding(value: unknown): value is BufferEncoding {
  return typeof value === 'string' && Buffer.isEncoding(value);
}

// A signer signs once, after which Node's own part refuses. That has not signed yet: now it does, with a key that is quick.
let quickKey: KeyObject | null = null;

function finishOriginal(signer: unknown): void {
  const { sign } = knownOriginal('Sign').prototype as { sign: AnyFunction };
  const generate = knownOriginal('generateKeyPairSync');
  quickKey ??= (generate('ec', { namedCurve: 'P-256' }) as { privateKey: KeyObject }).privateKey;
  try {
    Reflect.apply(sign, signer, [quickKey]);
  } catch {
    // it was finished before
  }
}
