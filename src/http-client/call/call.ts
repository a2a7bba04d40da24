// One call of the client: a request, and the requests that follow from it (retries, redirects, an answer to a challenge),
// until there is a response. A generator, so that green and promise clients run the same code; see drive.ts.

import { performance } from 'node:perf_hooks';

import type { AuthScheme } from '../auth/http-auth.ts';
import { Exchange } from '../exchange/exchange.ts';
import { detailsOf } from '../exchange/exchange-error.ts';
import { Pause } from '../exchange/step.ts';
import { HttpBodyNotReplayableError, HttpTimeoutError } from '../http-errors.ts';
import type { OutgoingRequest } from '../outgoing-request.ts';
import { HttpTooManyRedirectsError } from '../redirects/redirect-errors.ts';
import { HttpResponse } from '../responses/http-response.ts';
import { retryAfterMs } from '../retries/retry-after.ts';
import type { FailedAttempt } from '../retries/retry-policy.ts';
import { abortError, streamedResponse, wholeResponse } from './answer.ts';
import { CallLife } from './call-life.ts';
import { dispatcherFor, netrcAuth, type PreparedCall } from './call-settings.ts';
import type { Flow } from './drive.ts';
import type { AnyHttpResponse, ResolvedHooks } from './hooks.ts';
import { redirectedRequest } from './redirected-request.ts';
import { isStale, MAX_STALE_RETRIES } from './stale-connection.ts';

export class Call extends CallLife {
  #request: OutgoingRequest;
  /** Of #request; null until that is sent. */
  #exchange: Exchange | null = null;
  /** The redirects and challenges; null while there is none, as in nearly every call. */
  #history: HttpResponse[] | null = null;
  #redirects = 0;
  #staleRetries = 0;
  #challenged = false;
  #auth: AuthScheme | null;

  constructor({ settings, request }: PreparedCall) {
    super(settings);
    this.#request = request;
    this.#auth = settings.auth;
  }

  *run(): Flow<AnyHttpResponse> {
    const settings = this.settings;
    const { signal, hooks } = settings;
    this.begin();
    try {
      if (signal?.aborted === true) throw abortError(signal);
      for (;;) {
        const request = this.#request;
        this.#exchange = null;
        if (!settings.plain) yield* this.#complete(request);
        this.assertNotOver(); // a hook may have waited by itself
        const exchange = new Exchange(request, dispatcherFor(settings, request), settings, this.calledAtMs);
        this.#exchange = exchange;
        this.step = exchange;
        yield exchange;
        this.step = null;
        this.assertNotAborted();
        if (exchange.failure !== null) {
          if (yield* this.#mayRetryFailed(exchange)) continue;
          throw exchange.error();
        }
        settings.cookies?.store(request.url, exchange.headers);
        if (exchange.status >= 300 && (yield* this.#mustGoOn(exchange))) continue;
        if (this.#isComplete(exchange)) return new HttpResponse(exchange, exchange.takeBody());
        return yield* this.#answer(exchange);
      }
    } catch (error) {
      throw hooks === null ? error : toldToHooks(hooks.beforeError, error);
    } finally {
      this.end();
    }
  }

  /** Whether the exchange is the response, as nearly always: whole, as it came, and of interest to nobody else. */
  #isComplete(exchange: Exchange): boolean {
    const { hooks, throwOnError } = this.settings;
    if (exchange.source !== null || hooks !== null || throwOnError || this.#history !== null) return false;
    return exchange.headers['content-encoding'] === undefined;
  }

  /** Authentication, cookies and hooks: what is added to a request anew each time that it is sent. */
  *#complete(request: OutgoingRequest): Flow<void> {
    const { cookies, hooks } = this.settings;
    // The answer to a challenge is on the request already.
    if (this.#auth !== null && !this.#challenged) yield* this.settled(this.#auth.apply(request));
    this.#challenged = false;
    cookies?.apply(request);
    if (hooks !== null) for (const hook of hooks.beforeRequest) yield* this.settled(hook(request));
    yield* this.settled(request.body?.prepare?.());
  }

  *#mayRetryFailed(exchange: Exchange): Flow<boolean> {
    const { retry } = this.settings;
    const { request } = exchange;
    if (this.#staleRetries < MAX_STALE_RETRIES && isStale(exchange)) {
      this.#staleRetries++;
      this.#request = request.again(request.attempt);
      return true;
    }
    if (request.attempt > retry.limit) return false;
    const error = exchange.error();
    const delay = retry.delayMs(failedAttempt(exchange, error));
    return delay !== null && (yield* this.#retry(request, delay, error, null));
  }

  /** Whether the response, of 300 or more, is not the last one. */
  *#mustGoOn(exchange: Exchange): Flow<boolean> {
    const { status, headers, request } = exchange;
    if (status < 400) return this.settings.redirects > 0 && (yield* this.#mayRedirect(exchange));
    if (this.#auth?.challenged(request, status, headers) === true) {
      assertReplayable(exchange, 'the server asks for authentication');
      yield* this.#keep(exchange);
      this.#challenged = true;
      return true;
    }
    const { retry } = this.settings;
    if (request.attempt > retry.limit) return false;
    const delay = retry.delayMs(failedAttempt(exchange, null));
    return delay !== null && (yield* this.#retry(request, delay, null, exchange));
  }

  // A pause beyond the deadline is not begun: the outcome there is says more than a timeout.
  *#retry(request: OutgoingRequest, delay: number, error: Error | null, answered: Exchange | null): Flow<boolean> {
    const { timeouts, hooks } = this.settings;
    if (timeouts.total > 0 && performance.now() - this.calledAtMs + delay >= timeouts.total) return false;
    answered?.discard();
    const attempt = request.attempt + 1;
    if (hooks !== null) {
      const info = { request, attempt, error, status: answered?.status ?? null, delay };
      for (const hook of hooks.beforeRetry) yield* this.settled(hook(info));
    }
    yield* this.waitFor(new Pause(delay));
    this.#request = request.again(attempt);
    return true;
  }

  *#mayRedirect(exchange: Exchange): Flow<boolean> {
    const settings = this.settings;
    const { redirects, hooks } = settings;
    const next = redirectedRequest(exchange);
    if (next === null) return false;
    if (next.request.body !== null) assertReplayable(exchange, 'a redirect');
    const response = yield* this.#keep(exchange);
    if (++this.#redirects > redirects) {
      throw new HttpTooManyRedirectsError(detailsOf(exchange), redirects, this.#history ?? []);
    }
    if (hooks !== null) for (const hook of hooks.beforeRedirect) yield* this.settled(hook(next.request, response));
    if (!next.keepCredentials) this.#auth = netrcAuth(settings.netrc, next.request.origin);
    this.#request = next.request;
    return true;
  }

  /** Puts a response into the history. Of one that would be streamed, without the body. */
  *#keep(exchange: Exchange): Flow<HttpResponse> {
    this.#history ??= [];
    exchange.history = this.#history.slice();
    const response = yield* wholeResponse(exchange, this.settings, this, 'keep-as-it-came');
    exchange.discard();
    this.#history.push(response);
    return response;
  }

  *#answer(exchange: Exchange): Flow<AnyHttpResponse> {
    const { hooks, throwOnError } = this.settings;
    if (this.#history !== null) exchange.history = this.#history;
    let response: AnyHttpResponse =
      exchange.source === null
        ? yield* wholeResponse(exchange, this.settings, this, 'fail')
        : streamedResponse(exchange, exchange.source, this.settings);
    if (hooks === null && !throwOnError) return response;
    try {
      if (hooks !== null) {
        for (const hook of hooks.afterResponse) response = (yield* this.settled(hook(response))) ?? response;
      }
      return throwOnError ? ((yield* this.settled(response.raiseForStatus())) as AnyHttpResponse) : response;
    } catch (error) {
      exchange.discard();
      throw error;
    }
  }

  protected override timeoutError(): HttpTimeoutError {
    const { method, origin, path, attempt } = this.#request;
    const details = { method, origin, path, attempt, elapsed: performance.now() - this.calledAtMs };
    return new HttpTimeoutError(details, this.#exchange?.phase ?? 'connect', 'total', this.settings.timeouts.total);
  }
}

function assertReplayable(exchange: Exchange, why: string): void {
  const { body } = exchange.request;
  if (body === null || body.replayable) return;
  exchange.discard();
  throw new HttpBodyNotReplayableError(detailsOf(exchange), why);
}

function failedAttempt({ request, status, headers }: Exchange, error: Error | null): FailedAttempt {
  return {
    attempt: request.attempt,
    method: request.method,
    replayable: request.body?.replayable ?? true,
    status: error === null ? status : null,
    error,
    retryAfterMs: error === null ? retryAfterMs(status, headers) : null,
  };
}

function toldToHooks(hooks: ResolvedHooks['beforeError'], error: unknown): unknown {
  return hooks.reduce((told, hook) => hook(told), error as Error);
}
