// What HTTP/1 and HTTP/2 tell differently of a response and its connection.

import type { ServerResponse } from 'node:http';
import type { Http2Stream } from 'node:http2';

/** A response of HTTP/2 has no `closed` and no socket of its own; it has a stream of a session that others share. */
type Response = ServerResponse & { readonly stream?: Http2Stream };

/** What several requests of one client share: the socket, also for a pipelined response that has not got it yet. */
export function connectionOf(response: Response): object | null {
  return response.stream?.session ?? response.req.socket;
}

/** Whether 'close' has been emitted, so that it is of no use to listen for it. */
export function isClosed(response: Response): boolean {
  return response.closed || response.stream?.closed === true;
}

/** NGHTTP2_INTERNAL_ERROR; node:http2 is not loaded for it. */
const INTERNAL_ERROR = 2;

/**
 * Tells the client, over HTTP/2, that the rest of the reply is missing. A response that is merely destroyed looks complete
 * there, or, to a client that does not read, unfinished for ever; over HTTP/1 the closed connection tells.
 */
export function resetStream(response: Response): void {
  if (response.headersSent) response.stream?.close(INTERNAL_ERROR);
}

/** Ends a reply that is half sent, so that the client knows. */
export function cutOff(response: Response): void {
  resetStream(response);
  response.destroy();
}

/**
 * Closes the response's connection after it, also where the headers that could say so are out already: the server's
 * close() may else wait until the client does so. A session of HTTP/2 lets its other streams end too, and takes no more.
 */
export function endKeepAlive(response: Response): void {
  const { stream } = response;
  if (stream !== undefined) {
    stream.session?.close();
    return;
  }
  response.shouldKeepAlive = false;
  if (!response.headersSent) return;
  const { socket } = response;
  response.once('finish', () => socket?.end());
}
