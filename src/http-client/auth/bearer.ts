// Bearer tokens (RFC 6750): one for ever, or one from a function that may renew it.

import { isThenable } from '../../pool/index.ts';
import { InvalidRequestError } from '../http-errors.ts';
import type { OutgoingRequest } from '../outgoing-request.ts';
import type { AuthScheme } from './http-auth.ts';

// Wider than RFC 6750's b64token, which some issuers do not keep to; a blank or a line break would be another header.
const TOKEN = /^[\x21-\x7e]+$/;

export class BearerScheme implements AuthScheme {
  readonly #token: string | (() => string | PromiseLike<string>);

  constructor(token: string | (() => string | PromiseLike<string>)) {
    this.#token = typeof token === 'function' ? token : headerOf(token);
  }

  apply(request: OutgoingRequest): void | PromiseLike<void> {
    if (request.header('authorization') !== null) return;
    if (typeof this.#token === 'string') {
      request.setHeader('authorization', this.#token);
      return;
    }
    const token = this.#token();
    if (isThenable(token)) return setLater(request, token);
    request.setHeader('authorization', headerOf(token));
  }

  challenged(): boolean {
    return false;
  }
}

async function setLater(request: OutgoingRequest, token: PromiseLike<string>): Promise<void> {
  request.setHeader('authorization', headerOf(await token));
}

function headerOf(token: unknown): string {
  if (typeof token === 'string' && TOKEN.test(token)) return `Bearer ${token}`;
  throw new InvalidRequestError('auth.bearer', 'a token of visible ASCII characters, or a function that gives one');
}
