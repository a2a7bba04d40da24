// WebSocket servers on 127.0.0.1, of the package ws, which is not written here.

import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { Agent } from 'undici';
import { onTestFinished } from 'vitest';

import type { WebSocketTarget } from '../../../src/http-client/websocket/websocket-options.ts';

/** The server's end of a connection, as far as the tests use it. */
export interface Peer {
  protocol: string;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: 'close', listener: (code: number, reason: Buffer) => void): void;
}

interface Server {
  address(): AddressInfo;
  readonly clients: Set<Peer>;
  close(done: () => void): void;
  on(event: 'connection', listener: (peer: Peer, request: { headers: Record<string, string> }) => void): void;
  on(event: 'listening', listener: () => void): void;
}

const { WebSocketServer } = createRequire(import.meta.url)('ws') as {
  WebSocketServer: new (options: object) => Server;
};

export interface SocketServer {
  readonly target: WebSocketTarget;
  readonly url: string;
}

type Serve = (peer: Peer, headers: Record<string, string>) => void;

export async function startSocketServer(serve: Serve, options: object = {}): Promise<SocketServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  server.on('connection', (peer, request) => serve(peer, request.headers));
  await new Promise<void>((resolve) => server.on('listening', resolve));
  onTestFinished(async () => {
    for (const peer of server.clients) peer.terminate();
    await new Promise<void>((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, target: targetOf(url) };
}

/** A target with a dispatcher of its own. */
export function targetOf(url: string): WebSocketTarget {
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  return { url, dispatcher };
}

/** Sends back what it gets, of the kind it got it. */
export function echo(peer: Peer): void {
  peer.on('message', (data, isBinary) => peer.send(isBinary ? data : data.toString()));
}

/** Accepts connections and says nothing. */
export async function startSilentServer(): Promise<WebSocketTarget> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return targetOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
