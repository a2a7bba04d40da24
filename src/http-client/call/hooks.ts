// Hooks: the caller's own code around a request. In a green client they run in the context of the call and may suspend
// it; in both, a promise they return is waited for.

import { InvalidOptionError } from '../../errors.ts';
import type { HttpRequest } from '../outgoing-request.ts';
import type { HttpResponse } from '../responses/http-response.ts';
import type { HttpStream } from '../responses/http-stream.ts';

/** A response, whole or streamed. */
export type AnyHttpResponse = HttpResponse | HttpStream;
type MaybePromise<T> = T | PromiseLike<T>;

/** Why a request is sent again. */
export interface HttpRetryInfo {
  readonly request: HttpRequest;
  /** The attempt that comes: 2 for the first retry. */
  readonly attempt: number;
  /** What the last attempt failed with; null if it was answered. */
  readonly error: Error | null;
  /** The status of the answer; null if there was none. */
  readonly status: number | null;
  /** Milliseconds until then. */
  readonly delay: number;
}

export interface HttpHooks {
  /** Before each request goes out, redirects and retries included. May change its headers. */
  beforeRequest?: (request: HttpRequest) => MaybePromise<void>;
  /** Before a redirect is followed: the request that comes, and the response that asks for it. */
  beforeRedirect?: (request: HttpRequest, response: HttpResponse) => MaybePromise<void>;
  /** Before a request is sent again. */
  beforeRetry?: (retry: HttpRetryInfo) => MaybePromise<void>;
  /** When the response is there. What it returns, unless undefined, takes the response's place. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is the common one
  afterResponse?: (response: AnyHttpResponse) => MaybePromise<AnyHttpResponse | undefined | void>;
  /** Before an error is thrown. Returns the error to throw: the same, or another. */
  beforeError?: (error: Error) => Error;
}

/** One function, or several, called in their order. */
export type HttpHooksInput = { [Name in keyof HttpHooks]?: HttpHooks[Name] | readonly NonNullable<HttpHooks[Name]>[] };

export type ResolvedHooks = { readonly [Name in keyof HttpHooks]-?: readonly NonNullable<HttpHooks[Name]>[] };

const NAMES = ['beforeRequest', 'beforeRedirect', 'beforeRetry', 'afterResponse', 'beforeError'] as const;

/** `extra` after `base`; null for no hook at all. */
export function resolveHooks(base: ResolvedHooks | null, extra: HttpHooksInput | undefined): ResolvedHooks | null {
  if (extra === undefined) return base;
  if (typeof extra !== 'object' || extra === null) throw new InvalidOptionError('hooks', 'an object', extra);
  for (const name of Object.keys(extra)) {
    if (!(NAMES as readonly string[]).includes(name)) {
      throw new InvalidOptionError('hooks', `made of ${NAMES.join(', ')}`, name);
    }
  }
  const resolved: Record<string, readonly unknown[]> = {};
  let any = false;
  for (const name of NAMES) {
    const given = extra[name] ?? [];
    const hooks = [...(base?.[name] ?? []), ...(Array.isArray(given) ? given : [given])];
    for (const hook of hooks) {
      if (typeof hook !== 'function') throw new InvalidOptionError(`hooks.${name}`, 'a function, or an array', hook);
    }
    any ||= hooks.length > 0;
    resolved[name] = hooks;
  }
  return any ? (resolved as unknown as ResolvedHooks) : null;
}
