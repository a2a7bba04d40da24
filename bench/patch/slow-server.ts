// An HTTP server that takes 200 ms for an answer, in a process of its own: its clients block theirs.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const ANSWER_MS = 200;

const server = createServer((_request, response) => {
  setTimeout(() => response.end('answered'), ANSWER_MS);
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit());
