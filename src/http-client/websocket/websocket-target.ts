// Where a client's WebSocket goes: through the same options as its requests, as far as a handshake knows them.

import { assertKnownKeys } from '../../pool/index.ts';
import { basicHeader } from '../auth/basic.ts';
import type { ResolvedDefaults } from '../client-options.ts';
import { mergeHeaders } from '../request-headers.ts';
import { withParams } from '../request-params.ts';
import { urlText } from '../target.ts';
import type { Transport } from '../transport/transport.ts';
import { WEBSOCKET_DEFAULTS, type WebSocketOptions, type WebSocketTarget } from './websocket-options.ts';

export interface ClientTarget extends WebSocketTarget {
  readonly options: WebSocketOptions;
}

// The handshake has its own, or none.
const NOT_FOR_HANDSHAKES: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'content-type']);

/** @throws `GREEN_ERR_OPT_INVALID` */
export function webSocketTarget(
  client: ResolvedDefaults,
  transport: Transport,
  url: string | URL,
  options: WebSocketOptions,
): ClientTarget {
  assertKnownKeys(options, WEBSOCKET_DEFAULTS, 'websocket options');
  const { origin, path, userinfo } = client.targets.resolve(httpUrl(url));
  const atHome = client.targets.baseOrigin === null || client.targets.baseOrigin === origin;
  const headers = new Map(atHome ? client.headers : client.publicHeaders);
  for (const name of NOT_FOR_HANDSHAKES) headers.delete(name);
  if (userinfo !== null && !headers.has('authorization')) headers.set('authorization', basicHeader(userinfo));
  return {
    url: origin + withParams(path, client.params),
    dispatcher: transport.upgraderFor(origin, path),
    options: { ...options, headers: Object.fromEntries(mergeHeaders(headers, options.headers)) },
  };
}

function httpUrl(url: string | URL): string {
  return urlText('url', url).replace(/^ws(s?):/i, 'http$1:');
}
