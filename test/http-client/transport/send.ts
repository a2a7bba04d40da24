// What the tests of this folder share: a transport that is destroyed after its test, one dispatch as a promise, and
// servers with TLS.

import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Dispatcher } from 'undici';
import { onTestFinished } from 'vitest';

import { Transport } from '../../../src/http-client/transport/transport.ts';
import {
  type RouteOverride,
  resolveTransportOptions,
  type TransportOptions,
} from '../../../src/http-client/transport/transport-options.ts';
import { cert, key } from '../tls.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Dispatcher.DispatchOptions['headers'];
  readonly body?: Dispatcher.DispatchOptions['body'];
  readonly route?: RouteOverride;
}

export function newTransport(options: TransportOptions = {}, connectTimeout?: number): Transport {
  const transport = new Transport(resolveTransportOptions(options, connectTimeout));
  onTestFinished(() => transport.destroy());
  return transport;
}

/** Dispatches once, as the client does. Rejects with what undici reports. */
export function send(transport: Transport, url: string, options: SendOptions = {}): Promise<Answer> {
  const { origin, pathname, search } = new URL(url);
  return sendBy(transport.dispatcherFor(origin, pathname + search, options.route), url, options);
}

export function sendBy(dispatcher: Dispatcher, url: string, options: SendOptions = {}): Promise<Answer> {
  const { origin, pathname, search } = new URL(url);
  const { method = 'GET', headers = [], body = null } = options;
  return new Promise((resolve, reject) => {
    let status = 0;
    let received: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    dispatcher.dispatch(
      { origin, path: pathname + search, method: method as 'GET', headers, body },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, code, responseHeaders) => {
          status = code;
          received = responseHeaders;
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => resolve({ status, headers: received, body: Buffer.concat(chunks).toString() }),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

/** On every address of localhost that the test machine has: its URL names localhost. */
export async function startTlsServer(listener: RequestListener, options: TlsOptions = {}): Promise<{ url: string }> {
  const server = createServer({ cert, key, ...options }, listener);
  server.on('tlsClientError', () => {}); // refused handshakes are the point
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `https://localhost:${(server.address() as AddressInfo).port}` };
}
