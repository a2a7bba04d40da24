// A client made from another: whose options hold where both have some.

import type { HttpHooks, HttpHooksInput } from './call/hooks.ts';
import type { HttpClientOptions } from './client-options.ts';
import type { HttpHeadersInput } from './request-headers.ts';
import { mergeParams, searchOf } from './request-params.ts';
import type { HttpTimeouts } from './timeouts.ts';

/** Headers, params, timeouts and hooks are put together; of all else, what `extra` gives takes the other's place. */
export function mergeOptions(base: HttpClientOptions, extra: HttpClientOptions): HttpClientOptions {
  const merged: HttpClientOptions = { ...base };
  for (const [name, value] of Object.entries(extra)) {
    if (value !== undefined) (merged as Record<string, unknown>)[name] = value;
  }
  if (base.headers !== undefined && extra.headers !== undefined) {
    merged.headers = { ...lowerCased(base.headers), ...lowerCased(extra.headers) };
  }
  if (base.params !== undefined && extra.params !== undefined) {
    merged.params = mergeParams(searchOf(base.params), extra.params) as URLSearchParams;
  }
  if (base.timeout !== undefined && extra.timeout !== undefined) {
    merged.timeout = { ...timeoutsOf(base.timeout), ...timeoutsOf(extra.timeout) };
  }
  if (base.hooks !== undefined && extra.hooks !== undefined) merged.hooks = mergeHooks(base.hooks, extra.hooks);
  return merged;
}

function lowerCased(headers: object): HttpHeadersInput {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function timeoutsOf(timeout: number | HttpTimeouts): HttpTimeouts {
  return typeof timeout === 'number' ? { total: timeout } : timeout;
}

function mergeHooks(base: HttpHooksInput, extra: HttpHooksInput): HttpHooksInput {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, hooks] of Object.entries(extra)) {
    merged[name] = [base[name as keyof HttpHooks] ?? [], hooks ?? []].flat();
  }
  return merged as HttpHooksInput;
}
