// Plain http: through an HTTP proxy: the proxy is sent the request itself, with the whole URL in its first line
// (RFC 9112, section 3.2.2), and answers for the server. undici 7 would tunnel it, which many proxies refuse for port 80.
// What the proxy says on its own behalf, 407 for instance, comes back as the response.
//
// An interceptor, the innermost: what lies around it, a cache for instance, sees the request as it was.

import type { Dispatcher } from 'undici';

import type { ProxyServer } from './proxy-server.ts';

type Headers = Record<string, unknown>;

export function forwardThrough(proxy: ProxyServer): Dispatcher.DispatcherComposeInterceptor {
  const { origin, authorization } = proxy;
  return (dispatch) => (options, handler) => {
    const added = authorization === null ? [] : ['proxy-authorization', authorization];
    const forwarded = {
      ...options,
      origin,
      path: String(options.origin) + options.path,
      headers: withHeaders(options.headers, ['host', new URL(String(options.origin)).host, ...added]),
      servername: proxy.hostname, // from the host header, undici would take each host for another proxy
    };
    return dispatch(forwarded, handler);
  };
}

// A caller's own host header stays; proxy-authorization is the proxy's affair alone.
function withHeaders(given: Dispatcher.DispatchOptions['headers'], added: readonly string[]): string[] {
  const pairs: unknown[] = Array.isArray(given) ? [...given] : Object.entries((given ?? {}) as Headers).flat();
  const names = new Set(pairs.filter((_, at) => at % 2 === 0).map((name) => String(name).toLowerCase()));
  for (let at = 0; at < added.length; at += 2) {
    if (!names.has(added[at] as string)) pairs.push(added[at], added[at + 1]);
  }
  return pairs as string[];
}
