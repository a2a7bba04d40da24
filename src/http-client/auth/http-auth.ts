// What the option `auth` may be, and the scheme it makes: who puts the authorization header on a request. An explicit
// header always wins: a scheme never touches a request that has one which the scheme has not set itself.
//
// Secrets live in private fields and closures only, so that no log and no inspection of a client shows them.

import { InvalidOptionError } from '../../errors.ts';
import type { HttpRequest, OutgoingRequest } from '../outgoing-request.ts';
import type { HeaderRecord } from '../responses/http-headers.ts';
import { basicHeader, checkCredentials } from './basic.ts';
import { BearerScheme } from './bearer.ts';
import { DigestScheme } from './digest.ts';

/** User name and password. */
export type HttpCredentials = readonly [user: string, password: string];

/**
 * How requests prove who sends them. A pair is basic authentication. A function may set any header, and is called
 * before each sending of a request without an authorization header; for a green client it runs in the context and may
 * wait, for the other it may return a promise.
 */
export type HttpAuth =
  | HttpCredentials
  | { readonly basic: HttpCredentials }
  | { readonly bearer: string | (() => string | PromiseLike<string>) }
  | { readonly digest: HttpCredentials }
  | ((request: HttpRequest) => void | PromiseLike<void>);

export interface AuthScheme {
  /** Puts its header on the request, unless that has one. May suspend only where the user's own function does. */
  apply(request: OutgoingRequest): void | PromiseLike<void>;
  /**
   * Answers a challenge: true if `request` has another header now and must be sent again. `request` is the object that
   * was sent, and that will be: its earlier challenges are remembered by it. Never suspends.
   */
  challenged(request: OutgoingRequest, status: number, headers: HeaderRecord): boolean;
}

/**
 * The scheme for the option `auth`. Keep it as long as its client: digest authentication learns.
 *
 * @throws `GREEN_ERR_OPT_INVALID`; the message shows nothing of what was given.
 */
export function authScheme(auth: HttpAuth): AuthScheme {
  if (typeof auth === 'function') return new CallableScheme(auth);
  if (Array.isArray(auth)) return new BasicScheme(checkCredentials('auth', auth));
  if (typeof auth === 'object' && auth !== null && Object.keys(auth).length === 1) {
    if ('basic' in auth) return new BasicScheme(checkCredentials('auth.basic', auth.basic));
    if ('digest' in auth) return new DigestScheme(checkCredentials('auth.digest', auth.digest));
    if ('bearer' in auth) return new BearerScheme(auth.bearer);
  }
  throw new InvalidOptionError(
    'auth',
    '[user, password], { basic: [user, password] }, { digest: [user, password] }, { bearer: token } or a function',
  );
}

class BasicScheme implements AuthScheme {
  readonly #header: string;

  constructor(credentials: HttpCredentials) {
    this.#header = basicHeader(credentials);
  }

  apply(request: OutgoingRequest): void {
    if (request.header('authorization') === null) request.setHeader('authorization', this.#header);
  }

  challenged(): boolean {
    return false;
  }
}

class CallableScheme implements AuthScheme {
  readonly #sign: (request: HttpRequest) => void | PromiseLike<void>;

  constructor(sign: (request: HttpRequest) => void | PromiseLike<void>) {
    this.#sign = sign;
  }

  apply(request: OutgoingRequest): void | PromiseLike<void> {
    if (request.header('authorization') === null) return this.#sign(request);
  }

  challenged(): boolean {
    return false;
  }
}
