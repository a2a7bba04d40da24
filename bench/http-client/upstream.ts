// The service that is called, in a process of its own: `upstream.js`, forked. Two answers, made beforehand: 107 bytes of
// JSON, and 1 MB of it, nearly all in one string, so that parsing it does not hide what the client itself costs.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const LARGE_BYTES = 1024 * 1024;

const small = { id: 1, next: 2, name: 'an item', tags: ['a', 'b', 'c'], price: 12.5, note: 'some more characters' };
const large = { id: 1, text: '' };
large.text = 'x'.repeat(LARGE_BYTES - JSON.stringify(large).length);

const bodies: Readonly<Record<string, Buffer>> = {
  '/small': Buffer.from(JSON.stringify(small)),
  '/large': Buffer.from(JSON.stringify(large)),
};

let connections = 0;

const server = createServer((request, response) => {
  const body = bodies[request.url ?? ''];
  if (body === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
});

// Longer than a variant ever pauses between its slices.
server.keepAliveTimeout = 600_000;
server.on('connection', () => {
  connections++;
});
// How many connections were opened since it was last asked.
process.on('message', () => {
  process.send?.({ connections });
  connections = 0;
});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
