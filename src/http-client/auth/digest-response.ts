// The arithmetic of digest authentication: RFC 7616, and RFC 2069 for a challenge without qop. Names as in the RFCs.

import { createHash } from 'node:crypto';

import type { Challenge } from './challenges.ts';

export type DigestQop = 'auth' | 'auth-int' | null;

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  /** As the server spells it; null if it names none, which is MD5. */
  readonly algorithm: string | null;
  /** Node's name of the hash. */
  readonly hash: string;
  readonly session: boolean;
  /** What is offered of what is known; empty for RFC 2069. */
  readonly qops: readonly DigestQop[];
  readonly utf8: boolean;
  readonly userhash: boolean;
  readonly stale: boolean;
}

const HASHES: ReadonlyMap<string, string> = new Map([
  ['md5', 'md5'],
  ['sha-256', 'sha256'],
  ['sha-512-256', 'sha512-256'],
]);

/** Null if it is not digest, or asks for what is unknown here. */
export function digestChallenge({ scheme, params }: Challenge): DigestChallenge | null {
  const nonce = params.get('nonce');
  const algorithm = params.get('algorithm') ?? null;
  const [, base = '', suffix] = /^(.*?)(-sess)?$/i.exec(algorithm ?? 'MD5') ?? [];
  const hash = HASHES.get(base.toLowerCase());
  const offered = params.get('qop');
  const qops = offered === undefined ? [] : knownQops(offered);
  if (scheme !== 'digest' || nonce === undefined || hash === undefined) return null;
  if (offered !== undefined && qops.length === 0) return null;
  return {
    realm: params.get('realm') ?? '',
    nonce,
    opaque: params.get('opaque') ?? null,
    algorithm,
    hash,
    session: suffix !== undefined,
    qops,
    utf8: params.get('charset')?.toLowerCase() === 'utf-8',
    userhash: params.get('userhash')?.toLowerCase() === 'true',
    stale: params.get('stale')?.toLowerCase() === 'true',
  };
}

export interface DigestInput {
  readonly user: string;
  readonly password: string;
  readonly method: string;
  /** Path and query. */
  readonly uri: string;
  readonly qop: DigestQop;
  /** What was sent with this nonce, this request included. */
  readonly count: number;
  readonly cnonce: string;
  /** For auth-int only. */
  readonly body: string | Uint8Array;
}

/** The value of the authorization header. */
export function digestHeader(challenge: DigestChallenge, input: DigestInput): string {
  const { realm, nonce, opaque, algorithm, session } = challenge;
  const { user, password, method, uri, qop, cnonce } = input;
  const hashOf = (data: string | Uint8Array): string => createHash(challenge.hash).update(data).digest('hex');

  const nc = input.count.toString(16).padStart(8, '0');
  const plain = hashOf(`${user}:${realm}:${password}`);
  const ha1 = session ? hashOf(`${plain}:${nonce}:${cnonce}`) : plain;
  const ha2 = hashOf(qop === 'auth-int' ? `${method}:${uri}:${hashOf(input.body)}` : `${method}:${uri}`);
  const response = hashOf(qop === null ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);

  const parts = [
    challenge.userhash ? `username=${quote(hashOf(`${user}:${realm}`))}` : nameOf(user, challenge.utf8),
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response=${quote(response)}`,
  ];
  if (algorithm !== null) parts.push(`algorithm=${algorithm}`);
  if (opaque !== null) parts.push(`opaque=${quote(opaque)}`);
  if (qop !== null) parts.push(`qop=${qop}`, `nc=${nc}`);
  if (qop !== null || session) parts.push(`cnonce=${quote(cnonce)}`);
  if (challenge.userhash) parts.push('userhash=true');
  return `Digest ${parts.join(', ')}`;
}

function knownQops(offered: string): DigestQop[] {
  const names = offered.split(',').map((name) => name.trim().toLowerCase());
  return (['auth', 'auth-int'] as const).filter((qop) => names.includes(qop));
}

// RFC 7616 section 3.4: username* is for UTF-8. A server that does not say so gets the bytes, as from curl.
function nameOf(user: string, utf8: boolean): string {
  if (/^[\x20-\x7e]*$/.test(user)) return `username=${quote(user)}`;
  if (utf8) return `username*=UTF-8''${encodeURIComponent(user).replaceAll(/['()*]/g, percentEncoded)}`;
  return `username=${quote(Buffer.from(user, 'utf8').toString('latin1'))}`;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
