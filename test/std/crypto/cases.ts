// What Node's crypto and ours must agree on. Asked of the module as Node's own tests do (test-crypto-pbkdf2,
// -scrypt, -argon2, -keygen, -random, -sign-verify, -prime): values, argument checks, errors of OpenSSL.

import crypto, { constants, createPublicKey, type KeyObject } from 'node:crypto';

import type { ParityCase } from '../parity/parity.ts';
import { der, ec, ecPem, ed, lockedPem, pem, pss, rsa, tiny } from './keys.ts';

type Crypto = typeof crypto;
type Case = ParityCase<Crypto>;

const text = Buffer.from('what is signed');

/** The case, which must throw as Node's own does: the codes of OpenSSL differ from version to version. */
function asOwn(refused: Case): Case {
  const { call, args } = refused;
  try {
    if (typeof call === 'function') call(crypto, '');
    else (crypto as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[call]?.(...(args?.('') ?? []));
  } catch (error) {
    const { code } = error as { code?: string };
    return code === undefined ? { ...refused, throws: true } : { ...refused, code };
  }
  throw new Error(`${refused.name}: nothing was thrown`);
}

const shape = (key: KeyObject): unknown => ({
  type: key.type,
  of: key.asymmetricKeyType,
  details: key.asymmetricKeyDetails,
});
const pairShape = (pair: { publicKey: unknown; privateKey: unknown }): unknown => [
  Object.keys(pair),
  ...[pair.publicKey, pair.privateKey].map((key) =>
    key !== null && typeof key === 'object' && 'asymmetricKeyType' in key ? shape(key as KeyObject) : typeof key,
  ),
];

const passwords: Case[] = [
  { name: 'derives a key', call: 'pbkdf2Sync', args: () => ['password', 'salt', 1000, 32, 'sha256'], suspends: true },
  { name: 'takes bytes', call: 'pbkdf2Sync', args: () => [text, new Uint16Array(4), 10, 20, 'sha512'], suspends: true },
  { name: 'of one byte', call: 'pbkdf2Sync', args: () => ['a', 'b', 1, 1, 'sha1'] },
  { name: 'refuses nothing', call: 'pbkdf2Sync', code: 'ERR_INVALID_ARG_TYPE' },
  { name: 'refuses no digest', call: 'pbkdf2Sync', args: () => ['a', 'b', 1, 20], code: 'ERR_INVALID_ARG_TYPE' },
  {
    name: 'refuses a callback for a digest',
    call: 'pbkdf2Sync',
    args: () => ['a', 'b', 1, 20, () => undefined],
    code: 'ERR_INVALID_ARG_TYPE',
  },
  {
    name: 'refuses an unknown digest',
    call: 'pbkdf2Sync',
    args: () => ['a', 'b', 1, 20, 'nothing'],
    code: 'ERR_CRYPTO_INVALID_DIGEST',
  },
  { name: 'refuses 0 iterations', call: 'pbkdf2Sync', args: () => ['a', 'b', 0, 20, 'sha1'], code: 'ERR_OUT_OF_RANGE' },
  { name: 'refuses a length', call: 'pbkdf2Sync', args: () => ['a', 'b', 1, -1, 'sha1'], code: 'ERR_OUT_OF_RANGE' },
  { name: 'derives a key', call: 'scryptSync', args: () => ['password', 'salt', 32, { N: 1024 }], suspends: true },
  { name: 'with cost, blockSize', call: 'scryptSync', args: () => ['p', 's', 16, { cost: 16, blockSize: 4 }] },
  { name: 'with null for options', call: 'scryptSync', args: () => ['p', 's', 16, null] },
  {
    name: 'refuses options',
    call: 'scryptSync',
    args: () => ['p', 's', 16, { N: 3 }],
    code: 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS',
  },
  asOwn({
    name: 'refuses two names',
    call: 'scryptSync',
    args: () => ['p', 's', 16, { N: 2, cost: 4 }],
  }),
  { name: 'refuses a callback', call: 'scryptSync', args: () => ['p', 's', 16, () => undefined] },
  { name: 'refuses a length', call: 'scryptSync', args: () => ['p', 's', '16'], code: 'ERR_INVALID_ARG_TYPE' },
  {
    name: 'derives a key',
    call: 'argon2Sync',
    args: () => [
      'argon2id',
      { message: 'p', nonce: 'saltsaltsalt', parallelism: 1, tagLength: 32, memory: 64, passes: 2 },
    ],
    node: 24,
    suspends: true,
  },
  {
    name: 'refuses an algorithm',
    call: 'argon2Sync',
    args: () => ['argon3', {}],
    node: 24,
    code: 'ERR_INVALID_ARG_VALUE',
  },
  {
    name: 'refuses parameters',
    call: 'argon2Sync',
    args: () => ['argon2i', {}],
    node: 24,
    code: 'ERR_INVALID_ARG_TYPE',
  },
];

const keys: Case[] = [
  {
    name: 'RSA',
    call: 'generateKeyPairSync',
    args: () => ['rsa', { modulusLength: 512 }],
    show: pairShape as never,
    suspends: true,
  },
  {
    name: 'RSA, encoded',
    call: 'generateKeyPairSync',
    args: () => [
      'rsa',
      {
        modulusLength: 512,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'der' },
      },
    ],
    show: pairShape as never,
    suspends: true,
  },
  {
    name: 'P-384',
    call: 'generateKeyPairSync',
    args: () => ['ec', { namedCurve: 'P-384' }],
    show: pairShape as never,
    suspends: true,
  },
  {
    name: 'P-256',
    call: 'generateKeyPairSync',
    args: () => ['ec', { namedCurve: 'P-256' }],
    show: pairShape as never,
    suspends: false,
  },
  { name: 'Ed25519', call: 'generateKeyPairSync', args: () => ['ed25519'], show: pairShape as never, suspends: false },
  { name: 'Ed448', call: 'generateKeyPairSync', args: () => ['ed448'], show: pairShape as never, suspends: true },
  { name: 'refuses nothing', call: 'generateKeyPairSync', code: 'ERR_INVALID_ARG_TYPE' },
  { name: 'refuses a type', call: 'generateKeyPairSync', args: () => ['rsb', {}], code: 'ERR_INVALID_ARG_VALUE' },
  { name: 'refuses no options', call: 'generateKeyPairSync', args: () => ['rsa'], code: 'ERR_INVALID_ARG_TYPE' },
  {
    name: 'refuses a callback',
    call: 'generateKeyPairSync',
    args: () => ['rsa', () => undefined],
    code: 'ERR_INVALID_ARG_TYPE',
  },
  {
    name: 'refuses a curve',
    call: 'generateKeyPairSync',
    args: () => ['ec', { namedCurve: 'P-1' }],
    code: 'ERR_CRYPTO_INVALID_CURVE',
  },
  asOwn({
    name: 'refuses an exponent',
    call: 'generateKeyPairSync',
    args: () => ['rsa', { modulusLength: 512, publicExponent: 1 }],
  }),
  {
    name: 'AES',
    call: 'generateKeySync',
    args: () => ['aes', { length: 256 }],
    show: (key: KeyObject) => key.symmetricKeySize,
    suspends: false,
  },
  {
    name: 'HMAC',
    call: 'generateKeySync',
    args: () => ['hmac', { length: 800_000 }],
    show: (key: KeyObject) => key.symmetricKeySize,
    suspends: true,
    expected: 100_000,
  },
  {
    name: 'refuses a length',
    call: 'generateKeySync',
    args: () => ['aes', { length: 7 }],
    code: 'ERR_INVALID_ARG_VALUE',
  },
  { name: 'refuses null', call: 'generateKeySync', args: () => ['hmac', null], code: 'ERR_INVALID_ARG_TYPE' },
  {
    name: 'an ArrayBuffer',
    call: 'generatePrimeSync',
    args: () => [64],
    show: (prime: unknown) => prime instanceof ArrayBuffer,
    suspends: true,
  },
  {
    name: 'a bigint',
    call: 'generatePrimeSync',
    args: () => [3, { bigint: true, safe: true }],
    suspends: true,
    show: (prime: bigint) => typeof prime,
  },
  { name: 'the only one', call: 'generatePrimeSync', args: () => [3, { bigint: true, add: 4n, rem: 3n }] },
  { name: 'refuses a size', call: 'generatePrimeSync', args: () => [0], code: 'ERR_OUT_OF_RANGE' },
  { name: 'refuses options', call: 'generatePrimeSync', args: () => [8, null], code: 'ERR_INVALID_ARG_TYPE' },
  {
    name: 'refuses a callback',
    call: 'generatePrimeSync',
    args: () => [8, () => undefined],
    code: 'ERR_INVALID_ARG_TYPE',
  },
  {
    name: 'a remainder that is too large',
    call: 'generatePrimeSync',
    args: () => [8, { add: 3n, rem: 5n }],
    code: 'ERR_OUT_OF_RANGE',
  },
  { name: 'of a prime', call: 'checkPrimeSync', args: () => [4294967291n], suspends: true, expected: true },
  {
    name: 'of none',
    call: 'checkPrimeSync',
    args: () => [4294967290n, { checks: 5 }],
    suspends: true,
    expected: false,
  },
  { name: 'refuses a number', call: 'checkPrimeSync', args: () => [7], code: 'ERR_INVALID_ARG_TYPE' },
  { name: 'refuses options', call: 'checkPrimeSync', args: () => [7n, { checks: -1 }], code: 'ERR_OUT_OF_RANGE' },
];

const sized = (bytes: { byteLength: number; constructor: { name: string } }): unknown => [
  bytes.constructor.name,
  bytes.byteLength,
];
const filled =
  (length: number, ...args: number[]) =>
  (module: Crypto) => {
    const target = new Uint32Array(length);
    const result = module.randomFillSync(target, ...(args as [number, number]));
    const touched = (from: number, to: number): boolean => target.subarray(from, to).some((each) => each !== 0);
    return [result === target, touched(0, 10), touched(10, length - 10), touched(length - 10, length)];
  };

const random: Case[] = [
  { name: 'few', call: 'randomBytes', args: () => [16], show: sized as never, suspends: false },
  { name: 'many', call: 'randomBytes', args: () => [70_000], show: sized as never, suspends: true },
  {
    name: 'with undefined for a callback',
    call: 'randomBytes',
    args: () => [70_000, undefined],
    show: sized as never,
    suspends: true,
  },
  { name: 'with a callback', call: 'randomBytes', args: () => [70_000, () => undefined], suspends: false },
  { name: 'of a fraction', call: 'randomBytes', args: () => [70_000.5], show: sized as never, suspends: false },
  { name: 'refuses too many', call: 'randomBytes', args: () => [2 ** 31], code: 'ERR_OUT_OF_RANGE' },
  { name: 'refuses a bad callback', call: 'randomBytes', args: () => [70_000, 1], code: 'ERR_INVALID_ARG_TYPE' },
  { name: 'all', call: filled(40_000), suspends: true, expected: [true, true, true, true] },
  {
    name: 'from an offset, counted in elements',
    call: filled(40_000, 10),
    suspends: true,
    expected: [true, false, true, true],
  },
  { name: 'a part', call: filled(40_000, 10, 39_980), suspends: true, expected: [true, false, true, false] },
  { name: 'a small part of much', call: filled(40_000, 10, 100), suspends: false },
  {
    name: 'an ArrayBuffer',
    call: 'randomFillSync',
    args: () => [new ArrayBuffer(80_000), 4],
    show: sized as never,
    suspends: true,
  },
  {
    name: 'an ArrayBuffer that can shrink',
    call: 'randomFillSync',
    args: () => [resizable(80_000)],
    show: sized as never,
    suspends: false,
  },
  {
    name: 'refuses an offset',
    call: 'randomFillSync',
    args: () => [Buffer.alloc(70_000), 70_001],
    code: 'ERR_OUT_OF_RANGE',
  },
  {
    name: 'refuses a size',
    call: 'randomFillSync',
    args: () => [Buffer.alloc(70_000), 1, 70_000],
    code: 'ERR_OUT_OF_RANGE',
  },
  { name: 'refuses text', call: 'randomFillSync', args: () => ['x'.repeat(70_000)], code: 'ERR_INVALID_ARG_TYPE' },
];

function resizable(byteLength: number): ArrayBuffer {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  return new Resizable(byteLength, { maxByteLength: byteLength });
}

const verified =
  (algorithm: string, publicKey: KeyObject, options: object = {}) =>
  (signature: Buffer): boolean =>
    crypto.verify(algorithm, text, { key: publicKey, ...options }, signature);
const pssPadding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };

const signatures: Case[] = [
  { name: 'with a KeyObject', call: 'sign', args: () => ['sha256', text, rsa.privateKey], suspends: true },
  { name: 'with a text', call: 'sign', args: () => ['RSA-SHA256', text, pem], suspends: true },
  { name: 'with bytes', call: 'sign', args: () => ['sha256', text, Buffer.from(pem)], suspends: true },
  {
    name: 'with DER',
    call: 'sign',
    args: () => ['sha256', text, { key: der, format: 'der', type: 'pkcs1' }],
    suspends: true,
  },
  {
    name: 'with a JWK',
    call: 'sign',
    args: () => ['sha256', text, { key: rsa.privateKey.export({ format: 'jwk' }), format: 'jwk' }],
    suspends: true,
  },
  {
    name: 'with a passphrase',
    call: 'sign',
    args: () => ['sha256', text, { key: lockedPem, passphrase: 'secret' }],
    suspends: true,
  },
  asOwn({
    name: 'refuses a passphrase',
    call: 'sign',
    args: () => ['sha256', text, { key: lockedPem, passphrase: 'x' }],
  }),
  asOwn({ name: 'refuses none', call: 'sign', args: () => ['sha256', text, lockedPem] }),
  {
    name: 'of an ArrayBuffer',
    call: 'sign',
    args: () => ['sha256', new ArrayBuffer(8), rsa.privateKey],
    suspends: true,
  },
  { name: 'without an algorithm', call: 'sign', args: () => [undefined, text, rsa.privateKey], suspends: true },
  {
    name: 'by RSA-PSS',
    call: 'sign',
    args: () => ['sha256', text, pss.privateKey],
    show: verified('sha256', pss.publicKey) as never,
    suspends: true,
    expected: true,
  },
  {
    name: 'with PSS padding',
    call: 'sign',
    args: () => ['sha384', text, { key: pem, ...pssPadding }],
    show: verified('sha384', rsa.publicKey, pssPadding) as never,
    suspends: true,
    expected: true,
  },
  { name: 'by Ed25519', call: 'sign', args: () => [null, text, ed.privateKey], suspends: false },
  {
    name: 'by P-256',
    call: 'sign',
    args: () => ['sha256', text, ecPem],
    show: verified('sha256', createPublicKey(ecPem)) as never,
    suspends: false,
    expected: true,
  },
  {
    name: 'with a callback',
    call: 'sign',
    args: () => ['sha256', text, rsa.privateKey, () => undefined],
    suspends: false,
  },
  asOwn({ name: 'refuses a digest', call: 'sign', args: () => ['nothing', text, rsa.privateKey] }),
  { name: 'of a text', call: 'sign', args: () => ['sha256', 'text', rsa.privateKey], suspends: true },
  asOwn({ name: 'refuses a number', call: 'sign', args: () => ['sha256', 7, rsa.privateKey] }),
  {
    name: 'refuses a public key',
    call: 'sign',
    args: () => ['sha256', text, rsa.publicKey],
    code: 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE',
  },
  { name: 'refuses no key', call: 'sign', args: () => ['sha256', text], code: 'ERR_CRYPTO_SIGN_KEY_REQUIRED' },
  {
    name: 'refuses a padding',
    call: 'sign',
    args: () => ['sha256', text, { key: pem, padding: 'x' }],
    code: 'ERR_INVALID_ARG_VALUE',
  },
  asOwn({ name: 'refuses what is no key', call: 'sign', args: () => ['sha256', text, 'x'.repeat(2000)] }),
  asOwn({ name: 'with a key too small', call: 'sign', args: () => ['sha512', text, tiny.privateKey] }),
];

// Node's declarations say that it is made by createSign() only.
interface SignClass {
  new (algorithm: string): crypto.Sign;
  (algorithm: string): crypto.Sign;
}
const signOf = (module: Crypto): SignClass => module.Sign as unknown as SignClass;

const signers: Case[] = [
  {
    name: 'as jws does',
    call: ({ createSign }) => createSign('RSA-SHA256').update('a.b').sign(pem, 'base64'),
    suspends: true,
  },
  {
    name: 'in pieces of every encoding',
    call: ({ createSign }) => {
      const signer = createSign('sha256').update('é').update('00ff', 'hex').update('YQ', 'base64').update(text);
      signer.update(new Uint16Array([1, 2]));
      return signer
        .update('\u0100é', 'latin1')
        .update('x', 'ucs2')
        .update('z', 'nonsense' as 'hex')
        .sign(rsa.privateKey);
    },
    suspends: true,
  },
  {
    name: 'of bytes that change afterwards',
    call: ({ createSign }) => {
      const bytes = Buffer.from('before');
      const signer = createSign('sha256').update(bytes);
      bytes.fill(0);
      return signer.sign(rsa.privateKey, 'hex');
    },
    suspends: true,
  },
  {
    name: 'by new',
    call: (module) => new (signOf(module))('sha256').update('x').sign(rsa.privateKey, 'hex'),
    suspends: true,
  },
  {
    name: 'by a call, a class of its own, and as a stream',
    call: (module) => {
      const Sign = signOf(module);
      class Own extends Sign {}
      const own = new Own('sha256');
      const called = Sign('sha256');
      called.end('streamed');
      return [
        own instanceof Own,
        own instanceof crypto.Sign,
        Object.keys(own),
        own.update('x').sign(pem),
        called.sign(pem),
      ];
    },
    suspends: true,
  },
  { name: 'of nothing', call: ({ createSign }) => createSign('sha256').sign(rsa.privateKey), suspends: true },
  {
    name: 'of much',
    call: ({ createSign }) => createSign('sha256').update(Buffer.alloc(1_100_000)).sign(pem),
    suspends: false,
  },
  asOwn({ name: 'by Ed25519', call: ({ createSign }) => createSign('sha256').update('x').sign(ed.privateKey) }),
  {
    name: 'by P-256',
    call: ({ createSign }) => verified('sha256', ec.publicKey)(createSign('sha256').update(text).sign(ecPem)),
    suspends: false,
    expected: true,
  },
  {
    name: 'with PSS padding',
    call: ({ createSign }) =>
      verified(
        'sha256',
        rsa.publicKey,
        pssPadding,
      )(
        createSign('sha256')
          .update(text)
          .sign({ key: pem, ...pssPadding }),
      ),
    suspends: true,
    expected: true,
  },
  ...['buffer', 'nonsense', 7].map((encoding): Case => {
    const call = ({ createSign }: Crypto): unknown =>
      createSign('sha256')
        .update('x')
        .sign(pem, encoding as 'hex');
    return encoding === 'buffer'
      ? { name: 'in buffer', call, suspends: true }
      : asOwn({ name: `in ${encoding}`, call });
  }),
  asOwn({ name: 'twice', call: ({ createSign }) => twice(createSign('sha256').update('x')) }),
  asOwn({
    name: 'and goes on',
    call: ({ createSign }) => {
      const signer = createSign('sha256').update('x');
      signer.sign(pem);
      return signer.update('y').sign(pem);
    },
  }),
  {
    name: 'with the wrong key first',
    call: ({ createSign }) => {
      const signer = createSign('sha256').update('x');
      try {
        signer.sign('x'.repeat(2000));
      } catch {
        return signer.sign(pem, 'hex');
      }
      return null;
    },
    suspends: true,
  },
  asOwn({ name: 'refuses an algorithm', call: 'createSign', args: () => ['nothing'] }),
  { name: 'refuses none', call: 'createSign', code: 'ERR_INVALID_ARG_TYPE' },
  {
    name: 'refuses a number',
    call: ({ createSign }) => createSign('sha256').update(7 as never),
    code: 'ERR_INVALID_ARG_TYPE',
  },
  asOwn({
    name: 'refuses odd hex',
    call: ({ createSign }) => createSign('sha256').update('abc', 'hex').sign(pem, 'hex'),
  }),
  {
    name: 'refuses no key',
    call: ({ createSign }) => createSign('sha256').sign(undefined as never),
    code: 'ERR_CRYPTO_SIGN_KEY_REQUIRED',
  },
];

function twice(signer: crypto.Sign): unknown {
  signer.sign(pem);
  return signer.sign(pem);
}

export const cases: readonly Case[] = [...passwords, ...keys, ...random, ...signatures, ...signers];
