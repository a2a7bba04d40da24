// What takes the place of the client's own connections: the caller's dispatcher, or an application in this process.

import type { Dispatcher } from 'undici';

import { InvalidOptionError } from '../../errors.ts';
import { callerDispatcher } from './caller-dispatcher.ts';
import { type InjectableApp, InjectDispatcher } from './injectable-app.ts';
import type { TransportOptions } from './transport-options.ts';

// Senseless beside `dispatcher` or `app`, which make their own connections or none.
const OF_OWN_CONNECTIONS = [
  'proxy',
  'tls',
  'socketPath',
  'http2',
  'localAddress',
  'family',
  'autoSelectFamilyAttemptTimeout',
  'connections',
  'keepAliveTimeout',
  'maxHeaderBytes',
  'dns',
] as const;

/** @throws `GREEN_ERR_OPT_INVALID` if there is anything beside it that needs own connections. */
export function fixedDispatcher(options: TransportOptions): Dispatcher | null {
  const { dispatcher, app } = options;
  if (dispatcher === undefined && app === undefined) return null;
  const name = dispatcher === undefined ? 'app' : 'dispatcher';
  if (dispatcher !== undefined && app !== undefined) {
    throw new InvalidOptionError('app', 'given without dispatcher: requests go to one of them');
  }
  for (const other of OF_OWN_CONNECTIONS) {
    if (options[other] === undefined) continue;
    throw new InvalidOptionError(other, `given without ${name}: it is for connections that the client makes itself`);
  }
  return dispatcher === undefined ? injectDispatcher(app) : callerDispatcher('dispatcher', dispatcher);
}

/** @throws `GREEN_ERR_OPT_INVALID` if it is none. */
export function injectDispatcher(app: unknown): Dispatcher {
  if (isApp(app)) return new InjectDispatcher(app) as unknown as Dispatcher;
  throw new InvalidOptionError('app', 'an object with inject(), such as a Fastify instance', app);
}

export function isApp(value: unknown): value is InjectableApp {
  return typeof (value as { inject?: unknown } | null | undefined)?.inject === 'function';
}
