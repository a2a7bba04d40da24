// Servers that say what came in.

import type { IncomingHttpHeaders } from 'node:http';

import { readAll, startServer, type TestServer } from '../servers.ts';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

/** Answers 200 to everything that comes whole. */
export async function startReceiver(): Promise<TestServer & { readonly received: Received[] }> {
  const received: Received[] = [];
  const server = await startServer(async (request, response) => {
    const bytes = await readAll(request).catch(() => null);
    if (bytes === null) return; // the client broke off
    received.push({ headers: request.headers, bytes, text: bytes.toString() });
    response.end();
  });
  return Object.assign(server, { received });
}
