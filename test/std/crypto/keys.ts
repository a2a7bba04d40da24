// Keys for the tables, made once. Signatures of PKCS #1 v1.5 are the same each time; those of PSS and ECDSA are verified.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';

export const rsa: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const pss: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('rsa-pss', {
  modulusLength: 2048,
});
export const ec: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const ed: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('ed25519');
/** Too small for the padding of SHA-512. */
export const tiny: { privateKey: KeyObject } = generateKeyPairSync('rsa', { modulusLength: 512 });

export const pem: string = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
export const der: Buffer = rsa.privateKey.export({ type: 'pkcs1', format: 'der' }) as Buffer;
export const ecPem: string = ec.privateKey.export({ type: 'sec1', format: 'pem' }) as string;
export const lockedPem: string = rsa.privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'secret',
}) as string;
