// The service that the `upstream` variants call, in a process of its own: small JSON after about a millisecond.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const DELAY_MS = 1;

const server = createServer((request, response) => {
  const id = Number(request.url?.split('/').at(-1));
  setTimeout(() => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id, next: id + 1, name: 'an item', tags: ['a', 'b', 'c'], price: 12.5 }));
  }, DELAY_MS);
});

// Longer than a variant ever pauses between its slices.
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit());
