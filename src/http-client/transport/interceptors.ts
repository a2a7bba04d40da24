// What lies around the dispatchers: undici's dns and cache interceptors, and the caller's own.

import type { Dispatcher } from 'undici';

import { InvalidOptionError } from '../../errors.ts';
import { assertFunction } from '../../pool/index.ts';
import { cacheInterceptor, dnsInterceptor } from '../undici.ts';
import { cached } from './cached.ts';

type Interceptor = Dispatcher.DispatcherComposeInterceptor;

/** Made at the first use: that loads undici. */
export interface Interceptors {
  dns(): Interceptor | null;
  cache(): Interceptor | null;
  readonly own: readonly Interceptor[];
}

/** @throws `GREEN_ERR_OPT_INVALID` */
export function resolveInterceptors(options: {
  dns?: boolean | object;
  cache?: boolean | object;
  interceptors?: readonly Interceptor[];
}): Interceptors {
  const { interceptors: own = [] } = options;
  if (!Array.isArray(own)) throw new InvalidOptionError('interceptors', 'an array of undici interceptors', own);
  for (const one of own as readonly unknown[]) assertFunction('Each of interceptors', one);
  return {
    dns: lazily('dns', options.dns ?? false, dnsInterceptor),
    cache: lazily('cache', options.cache ?? false, (cache) => cached(cacheInterceptor(cache))),
    own: [...own],
  };
}

function lazily(
  option: string,
  value: boolean | object,
  make: (options: object) => Interceptor,
): () => Interceptor | null {
  if (value === false) return () => null;
  let made: Interceptor | null = null;
  const get = (): Interceptor => {
    made ??= make(value === true ? {} : value);
    return made;
  };
  if (value === true) return get;
  if (typeof value !== 'object' || value === null) {
    throw new InvalidOptionError(option, `true, false or an object of undici's ${option} options`, value);
  }
  try {
    get(); // options are checked now, by undici
  } catch (cause) {
    throw new InvalidOptionError(option, `what undici accepts (${(cause as Error).message})`);
  }
  return get;
}
