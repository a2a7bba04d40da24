// What greenroom/std/crypto consists of. What its functions do is in parity.test.ts.

import crypto from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { run } from '../../../src/index.ts';
import { cpuLimiter } from '../../../src/std/cpu-limiter.ts';
import greenCrypto, * as green from '../../../src/std/crypto/index.ts';
import { createGreenCrypto, GREEN_CRYPTO_DEFAULTS, replacedNames } from '../../../src/std/crypto/index.ts';
import { ORIGINAL } from '../../../src/std/twin.ts';
import { waitsOf } from '../waits.ts';
import { ec, rsa } from './keys.ts';

type Namespace = Record<string, unknown>;

describe('greenroom/std/crypto', () => {
  it('says which functions of this Node it replaces, and has replaced them', () => {
    expect(replacedNames.toSorted()).toEqual(
      [
        'Sign',
        ...('argon2Sync' in crypto ? ['argon2Sync'] : []),
        'checkPrimeSync',
        'createSign',
        'generateKeyPairSync',
        'generateKeySync',
        'generatePrimeSync',
        'pbkdf2Sync',
        'randomBytes',
        'randomFillSync',
        'scryptSync',
        'sign',
      ].toSorted(),
    );
    for (const name of replacedNames) {
      const own = (crypto as unknown as Namespace)[name] as { name: string; length: number };
      const ours = (greenCrypto as unknown as Namespace)[name] as typeof own & Record<symbol, unknown>;
      expect(ours, name).not.toBe(own);
      expect(ours[ORIGINAL]).toBe(own);
      expect([ours.name, ours.length]).toEqual([own.name, own.length]);
      expect((green as unknown as Namespace)[name]).toBe(ours);
    }
  });

  it('leaves no blocking function of this Node out without a reason', () => {
    const left = Object.keys(crypto).filter((name) => name.endsWith('Sync') && !replacedNames.includes(name));
    expect(left).toEqual(['hkdfSync']); // 6 to 27 µs; the asynchronous one takes 16 to 40
  });

  it('has everything else as it is in node:crypto', () => {
    expect(Object.getOwnPropertyNames(greenCrypto)).toEqual(Object.getOwnPropertyNames(crypto));
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(crypto))) {
      if (replacedNames.includes(name)) continue;
      expect(Object.getOwnPropertyDescriptor(greenCrypto, name), name).toEqual(descriptor);
    }
    expect(green.createHash).toBe(crypto.createHash);
    expect(green.default).toBe(greenCrypto);
  });

  it('makes signers that are Node’s', async () => {
    const signer = await run(() => greenCrypto.createSign('sha256'));
    expect(signer).toBeInstanceOf(crypto.Sign);
    expect(signer).toBeInstanceOf(greenCrypto.Sign);
    expect(signer.constructor).toBe(crypto.Sign);
    expect(Object.keys(greenCrypto.createSign('sha256'))).toEqual(Object.keys(signer));
  });

  it('leaves the methods of subclasses alone', async () => {
    const Base = greenCrypto.Sign as unknown as new (algorithm: string) => crypto.Sign; // private, by its types
    class Upper extends Base {
      override update(data: string | NodeJS.ArrayBufferView): this {
        return super.update(String(data).toUpperCase());
      }
    }
    const signature = await run(() => new Upper('sha256').update('text').sign(rsa.privateKey));
    expect(crypto.createVerify('sha256').update('TEXT').verify(rsa.publicKey, signature)).toBe(true);
  });

  it('lets a signer be used outside contexts, once', async () => {
    const signer = await run(() => greenCrypto.createSign('sha256').update('x'));
    const expected = crypto.createSign('sha256').update('x').sign(rsa.privateKey, 'hex');
    expect(await run(() => signer.sign(rsa.privateKey, 'hex'))).toBe(expected);
    expect(() => signer.sign(rsa.privateKey)).toThrow(/Not initialised/);
  });
});

describe('createGreenCrypto()', () => {
  it('suspends with every key, if told to', async () => {
    const { namespace } = createGreenCrypto({ sign: 'all' });
    const sign = (): boolean => {
      const signature = namespace.sign('sha256', Buffer.from('x'), ec.privateKey);
      return crypto.verify('sha256', Buffer.from('x'), ec.publicKey, signature);
    };
    expect(await waitsOf(sign)).toEqual({ waits: 1, value: true });
    const pem = ec.privateKey.export({ type: 'sec1', format: 'pem' }) as string;
    expect((await waitsOf(() => namespace.sign('sha256', Buffer.from('x'), pem))).waits).toBe(1);
    expect((await waitsOf(() => namespace.createSign('sha256').update('x').sign(pem))).waits).toBe(1);
  });

  it('suspends from as many random bytes on as told', async () => {
    const { namespace } = createGreenCrypto({ min: { random: 100 } });
    expect((await waitsOf(() => namespace.randomBytes(99))).waits).toBe(0);
    expect((await waitsOf(() => namespace.randomBytes(100))).waits).toBe(1);
  });

  it('refuses bad options', () => {
    const refused = (options: object): unknown => {
      try {
        return createGreenCrypto(options);
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    for (const options of [
      { sign: 'some' },
      { min: { random: -1 } },
      { min: { sign: 1 } },
      { minimum: {} },
      { min: 7 },
    ]) {
      expect(refused(options), JSON.stringify(options)).toBe('GREEN_ERR_OPT_INVALID');
    }
    expect(Object.isFrozen(GREEN_CRYPTO_DEFAULTS)).toBe(true);
  });

  const bytes = (): Buffer => Buffer.from(new Uint8Array(64).fill(7).buffer);
  type Parameters = Record<'message' | 'nonce', Buffer> & Record<string, unknown>;
  const argon2 = (message: Buffer): Parameters => {
    return { message, nonce: Buffer.alloc(16), parallelism: 1, tagLength: 16, memory: 64, passes: 1 };
  };
  it.each<[string, (given: Buffer) => unknown]>([
    ['pbkdf2Sync', (given) => greenCrypto.pbkdf2Sync(given, given, 10, 16, 'sha1').toString('hex')],
    ['scryptSync', (given) => greenCrypto.scryptSync(new DataView(given.buffer, given.byteOffset, 9), given, 16)],
    ['scryptSync, of an ArrayBuffer', (given) => greenCrypto.scryptSync(given.buffer as never, 'salt', 16)],
    ['sign', (given) => greenCrypto.sign('sha256', given, rsa.privateKey)],
    ...(green.argon2Sync === undefined
      ? []
      : [['argon2Sync', (given: Buffer) => green.argon2Sync('argon2id', argon2(given))] as [string, () => unknown]]),
  ])('takes bytes as they are at the call, even if that has to wait for its turn: %s', async (_name, call) => {
    const expected = call(bytes());
    const others = Array.from({ length: cpuLimiter.limit }, () => run(() => greenCrypto.scryptSync('p', 's', 8)));
    const given = bytes();
    const called = run(() => call(given));
    expect(cpuLimiter.queued).toBe(1);
    given.fill(0);
    expect(await called).toEqual(expected);
    await Promise.all(others);
  });

  it('takes bytes in options as they are at the call, too', async () => {
    const others = Array.from({ length: cpuLimiter.limit }, () => run(() => greenCrypto.scryptSync('p', 's', 8)));
    const passphrase = Buffer.from('secret');
    const rem = Buffer.from([5]);
    const called = run(() =>
      greenCrypto.generateKeyPairSync('rsa', {
        modulusLength: 1024,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: passphrase as never },
      }),
    );
    const prime = run(() => greenCrypto.generatePrimeSync(64, { add: Buffer.from([12]), rem, bigint: true }));
    expect(cpuLimiter.queued).toBe(2);
    passphrase.fill(0);
    rem.fill(7);
    const { privateKey } = await called;
    expect(crypto.createPrivateKey({ key: privateKey, passphrase: 'secret' }).type).toBe('private');
    expect((await prime) % 12n).toBe(5n);
    await Promise.all(others);
  });
});
