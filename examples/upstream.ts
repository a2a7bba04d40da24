// The service that the example server calls: slow JSON, in a process of its own.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const DELAY_MS = 50;

const server = createServer((request, response) => {
  const id = Number(request.url?.split('/').at(-1));
  setTimeout(() => {
    response.setHeader('content-type', 'application/json');
    if (request.url?.startsWith('/users/')) {
      response.end(JSON.stringify({ id, name: `user ${id}`, bestFriend: id + 1 }));
    } else {
      response.statusCode = 404;
      response.end(JSON.stringify({ error: 'no such thing' }));
    }
  }, DELAY_MS);
});

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('SIGINT', () => {}); // Ctrl-C reaches it too, and the server still needs it to answer what it has
process.once('disconnect', () => process.exit());
