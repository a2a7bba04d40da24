// What a WebSocket is opened with: types, defaults, checks. Nothing is sent here.

import type { Dispatcher } from 'undici';

import { InvalidOptionError } from '../../errors.ts';
import { assertInteger, assertKnownKeys, MAX_TIMEOUT_MS, withDefaults } from '../../pool/index.ts';
import { InvalidRequestError } from '../http-errors.ts';
import { type HttpHeadersInput, isToken, mergeHeaders } from '../request-headers.ts';

export interface WebSocketOptions {
  /** Subprotocols to offer; the server picks one. */
  protocols?: readonly string[];
  /** Of the opening handshake. */
  headers?: HttpHeadersInput;
  /** Milliseconds until the handshake must be done, and after close() until the other side must have answered it. */
  timeout?: number;
  /** The largest message in bytes that is taken; a larger one breaks the connection with code 1009. */
  maxMessageBytes?: number;
  /** Unread bytes from which on the connection is not read from, until receive() has caught up. */
  highWaterMark?: number;
  /** Whether a green socket stays open when the task that opened it ends. */
  detached?: boolean;
}

/** Values of the options that are not given. */
export const WEBSOCKET_DEFAULTS: Readonly<Required<WebSocketOptions>> = Object.freeze({
  protocols: Object.freeze([]),
  headers: Object.freeze({}),
  timeout: 30_000,
  maxMessageBytes: 16 * 1024 * 1024,
  highWaterMark: 1024 * 1024,
  detached: false,
});

/** Where to connect to, and over which of undici's dispatchers. */
export interface WebSocketTarget {
  /** ws:, wss:, http: or https:, absolute. */
  readonly url: string | URL;
  readonly dispatcher: Dispatcher;
}

export interface ResolvedWebSocketOptions extends Required<WebSocketOptions> {
  readonly url: URL;
  readonly pairs: [name: string, value: string][];
}

/** @throws `GREEN_ERR_OPT_INVALID` */
export function resolveWebSocketOptions(url: string | URL, options: WebSocketOptions): ResolvedWebSocketOptions {
  assertKnownKeys(options, WEBSOCKET_DEFAULTS, 'websocket options');
  const resolved = withDefaults<Required<WebSocketOptions>>(options, WEBSOCKET_DEFAULTS);
  const { protocols, timeout, maxMessageBytes, highWaterMark, detached } = resolved;
  if (
    !Array.isArray(protocols) ||
    !protocols.every((name) => typeof name === 'string' && isToken(name)) ||
    new Set(protocols.map((name: string) => name.toLowerCase())).size < protocols.length
  ) {
    throw new InvalidOptionError('protocols', 'an array of different HTTP tokens', protocols);
  }
  assertInteger('timeout', timeout, 1, MAX_TIMEOUT_MS);
  assertInteger('maxMessageBytes', maxMessageBytes, 1, Number.MAX_SAFE_INTEGER);
  assertInteger('highWaterMark', highWaterMark, 1, Number.MAX_SAFE_INTEGER);
  if (typeof detached !== 'boolean') throw new InvalidOptionError('detached', 'true or false', detached);
  const headers = mergeHeaders(new Map(), resolved.headers);
  const pairs = [...headers].flatMap(([name, value]) => [value].flat().map((line): [string, string] => [name, line]));
  return { ...resolved, url: webSocketUrl(url), pairs };
}

// Messages never show the URL: its query may hold a token.
function webSocketUrl(url: string | URL): URL {
  if (!(typeof url === 'string' || url instanceof URL) || !URL.canParse(String(url))) {
    throw new InvalidRequestError('url', 'an absolute URL');
  }
  const parsed = new URL(url);
  if (parsed.username !== '' || parsed.password !== '') {
    throw new InvalidRequestError('url', 'without user name and password; send an authorization header instead');
  }
  parsed.protocol = parsed.protocol.replace(/^http/, 'ws');
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw new InvalidRequestError('url', 'a ws:, wss:, http: or https: URL');
  }
  parsed.hash = '';
  return parsed;
}
