// Digest authentication: answers a 401, then sends the answer ahead with every request to that origin, counting on with
// the server's nonce, until the server wants another. What is remembered is bounded: a few origins, one nonce each.

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { OutgoingRequest } from '../outgoing-request.ts';
import type { HeaderRecord } from '../responses/http-headers.ts';
import { parseChallenges } from './challenges.ts';
import { type DigestChallenge, digestChallenge, digestHeader } from './digest-response.ts';
import type { AuthScheme, HttpCredentials } from './http-auth.ts';

/** An origin beyond these is challenged again: one more round trip. */
const MAX_ORIGINS = 64;

/** How often one request follows `stale=true`. A server that calls each new nonce stale is broken. */
const MAX_ANSWERS = 3;

interface Session {
  readonly challenge: DigestChallenge;
  /** With -sess the first one is part of the key, for as long as the nonce is in use. */
  readonly cnonce: string;
  count: number;
}

interface Progress {
  /** Challenges answered: each attempt is a request of its own. */
  answers: number;
  /** The header that this scheme has set. */
  header: string | null;
}

export class DigestScheme implements AuthScheme {
  readonly #user: string;
  readonly #password: string;
  readonly #sessions = new Map<string, Session>();
  readonly #progress = new WeakMap<OutgoingRequest, Progress>();

  constructor([user, password]: HttpCredentials) {
    this.#user = user;
    this.#password = password;
  }

  apply(request: OutgoingRequest): void {
    const session = this.#sessions.get(request.origin);
    if (session !== undefined && !this.#hasForeignHeader(request)) this.#answer(request, session);
  }

  challenged(request: OutgoingRequest, status: number, headers: HeaderRecord): boolean {
    if (status !== 401 || this.#hasForeignHeader(request)) return false;
    const challenge = firstKnown(headers);
    const progress = this.#progressOf(request);
    const { answers } = progress;
    if (challenge === null || (answers > 0 && !(challenge.stale && answers < MAX_ANSWERS))) {
      this.#sessions.delete(request.origin);
      return false;
    }
    const session = { challenge, cnonce: newCnonce(), count: 0 };
    if (!this.#answer(request, session)) return false;
    this.#remember(request.origin, session);
    progress.answers = answers + 1;
    return true;
  }

  /** False if the server wants the body's hash, and the body is a stream. */
  #answer(request: OutgoingRequest, session: Session): boolean {
    const { challenge } = session;
    const qop = challenge.qops[0] ?? null;
    const body = qop === 'auth-int' ? bytesOf(request) : '';
    if (body === null) return false;
    session.count++;
    const header = digestHeader(challenge, {
      user: this.#user,
      password: this.#password,
      method: request.method,
      uri: request.path,
      qop,
      count: session.count,
      cnonce: challenge.session ? session.cnonce : newCnonce(),
      body,
    });
    request.setHeader('authorization', header);
    this.#progressOf(request).header = header;
    return true;
  }

  #hasForeignHeader(request: OutgoingRequest): boolean {
    const header = request.header('authorization');
    return header !== null && header !== this.#progress.get(request)?.header;
  }

  #progressOf(request: OutgoingRequest): Progress {
    let progress = this.#progress.get(request);
    if (progress === undefined) {
      progress = { answers: 0, header: null };
      this.#progress.set(request, progress);
    }
    return progress;
  }

  #remember(origin: string, session: Session): void {
    this.#sessions.delete(origin);
    this.#sessions.set(origin, session);
    if (this.#sessions.size <= MAX_ORIGINS) return;
    const [oldest] = this.#sessions.keys();
    this.#sessions.delete(oldest as string);
  }
}

// RFC 7616 section 3.7: the first that the client supports.
function firstKnown(headers: HeaderRecord): DigestChallenge | null {
  for (const challenge of parseChallenges(headers['www-authenticate'])) {
    const known = digestChallenge(challenge);
    if (known !== null) return known;
  }
  return null;
}

function bytesOf({ body }: OutgoingRequest): string | Uint8Array | null {
  if (body === null) return '';
  if (!body.replayable) return null;
  const opened = body.open(false);
  if (!(opened instanceof Readable)) return opened;
  opened.destroy();
  return null;
}

function newCnonce(): string {
  return randomBytes(16).toString('hex');
}
