// undici's cache interceptor, kept from two things it does badly.
//
// It answers a request for a range, or with a condition of the caller's own, with the whole response: these pass it by,
// as fetch() has it. And a request that says only-if-cached it answers, if it has nothing, through the handlers' methods
// of undici 6, which ours have not: the request would never end.

import type { Dispatcher } from 'undici';

type Interceptor = Dispatcher.DispatcherComposeInterceptor;
type Handler = Dispatcher.DispatchHandler;

const FOR_THE_SERVER = /^(?:range|if-(?:match|none-match|modified-since|unmodified-since|range))$/i;

export function cached(cache: Interceptor): Interceptor {
  return (dispatch) => {
    const dispatchCached = cache(dispatch);
    return (options, handler) => {
      const headers = headersOf(options);
      // Of other methods the cache must know: they replace what it has.
      const isSafe = options.method === 'GET' || options.method === 'HEAD';
      if (isSafe && headers.some(([name]) => FOR_THE_SERVER.test(name))) return dispatch(options, handler);
      const isLocal = headers.some(([name, value]) => /^cache-control$/i.test(name) && /only-if-cached/i.test(value));
      return dispatchCached(options, isLocal ? withOldMethods(handler) : handler);
    };
  };
}

/** In an array, as the client has them, or in the object of an interceptor around this one. */
function headersOf({ headers }: Dispatcher.DispatchOptions): [name: string, value: string][] {
  if (!Array.isArray(headers)) return Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]);
  const pairs: [string, string][] = [];
  for (let at = 0; at < headers.length; at += 2) pairs.push([String(headers[at]), String(headers[at + 1])]);
  return pairs;
}

function withOldMethods(handler: Handler): Handler {
  return {
    onRequestStart: (...args) => handler.onRequestStart?.(...args),
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
    onConnect() {},
    onHeaders(status, _headers, _resume, statusText) {
      handler.onRequestStart?.(NO_CONNECTION, null);
      handler.onResponseStart?.(NO_CONNECTION, status, {}, statusText);
      return true;
    },
    onComplete: () => handler.onResponseEnd?.(NO_CONNECTION, {}),
  };
}

const NO_CONNECTION: Dispatcher.DispatchController = Object.freeze({
  aborted: false,
  paused: false,
  reason: null,
  abort() {},
  pause() {},
  resume() {},
});
