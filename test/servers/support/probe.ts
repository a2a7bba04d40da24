// Whether a server answers, asked without the client under test.

import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';

/** An HTTP server's status. Rejects while nothing listens. */
export async function statusOf(url: string): Promise<number> {
  const request = get(url, { agent: false });
  const [response] = await once(request, 'response');
  response.resume();
  return response.statusCode;
}

/** For what does not speak HTTP: whether `port` of 127.0.0.1 takes connections. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
