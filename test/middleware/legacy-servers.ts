// Servers and clients of the tests of legacy handlers.

import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

const servers: Server[] = [];
const sockets: Socket[] = [];

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Until `condition` holds; fails after two seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 2000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not in time: ${condition}`);
    await sleep(1);
  }
}

export async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer(listener as RequestListener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The server that served last. */
export const lastServer = (): Server => servers.at(-1) as Server;

export function closeServers(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
}

export interface Answer {
  status: number | undefined;
  body: string;
  headers: IncomingMessage['headers'];
}

export async function call(url: string, options: RequestOptions = {}, body?: string | Buffer): Promise<Answer> {
  const [response] = (await once(request(url, options).end(body), 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: (await response.toArray()).join(''), headers: response.headers };
}

export const postJson = (url: string, value: unknown): Promise<Answer> =>
  call(url, { method: 'POST', headers: { 'content-type': 'application/json' } }, JSON.stringify(value));

/** A connection that `head` has been sent on. */
export async function open(url: string, head: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(head);
  return socket;
}

/** What comes on `socket` until it matches. */
export function received(socket: Socket, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (!pattern.test(text)) return;
      socket.off('data', onData);
      resolve(text);
    };
    socket.on('data', onData).once('close', () => reject(new Error(`Closed after: ${text}`)));
    socket.resume();
  });
}

/** A promise and what settles it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
