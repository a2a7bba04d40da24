// A tunnel through an HTTP proxy: CONNECT (RFC 9110, section 9.3.6), with node:http as its parser.
//
// That is required, not imported: an import reads all of its exports, and one of them, WebSocket, would load the undici
// that is in Node 22 and newer, and fill its global dispatcher.

import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

import { ProxyFailure } from './proxy-failure.ts';

const require = createRequire(import.meta.url);

/**
 * Turns a connection to a proxy into one to the server behind it.
 *
 * @param authority - `host:port`
 * @returns rejects with a {@link ProxyFailure}; the socket is then destroyed.
 */
export function openTunnel(socket: Socket, authority: string, authorization: string | null): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      socket.destroy();
      reject(ProxyFailure.of(error));
    };
    const headers: Record<string, string> = { host: authority, connection: 'keep-alive' };
    if (authorization !== null) headers['proxy-authorization'] = authorization;
    const { request } = require('node:http') as typeof import('node:http');
    request({ method: 'CONNECT', path: authority, headers, createConnection: () => socket })
      .once('connect', (response, tunnel: Socket, head: Buffer) => {
        const status = response.statusCode as number;
        if (status < 200 || status > 299) {
          fail(new ProxyFailure(status));
          return;
        }
        if (head.length > 0) tunnel.unshift(head);
        resolve(tunnel);
      })
      .on('error', fail)
      .end();
  });
}
