// Fetch-style handlers, `(Request) => Response`, under runInPool().

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';

import { CancelledError, type CancelReason, ResponseInvalidError } from '../errors.ts';
import { currentContext, wait } from '../pool/index.ts';
import { fetchRequest } from './fetch-request.ts';
import type { Handler, LegacyService } from './legacy-service.ts';
import { LegacyTask } from './legacy-task.ts';

/** Those that the Fetch standard has no Request for. */
const UNSUPPORTED_METHODS: readonly unknown[] = ['CONNECT', 'TRACE', 'TRACK'];

/** The handler as a `(req, res)` one. */
export function fetchHandler(handler: Handler, service: LegacyService): Handler {
  return function (...[incoming, outgoing]) {
    const request = incoming as IncomingMessage;
    const response = outgoing as ServerResponse;
    if (UNSUPPORTED_METHODS.includes(request.method)) {
      response.writeHead(501).end();
      return;
    }
    const result = wait(Reflect.apply(handler, this, [fetchRequest(request, cancelSignal(response))]));
    sendResponse(service, request, response, result);
  };
}

/** Aborted when the work is cancelled, and when the client goes while its answer is still being sent. */
function cancelSignal(response: ServerResponse): AbortSignal {
  const abort = new AbortController();
  const onCancel = (reason: CancelReason, cause?: unknown): void => abort.abort(new CancelledError(reason, cause));
  const task = currentContext()?.task;
  if (task instanceof LegacyTask) task.onCancel = onCancel;
  response.once('close', () => {
    if (!response.writableFinished) onCancel('disconnect');
  });
  return abort.signal;
}

/** Sends as the client reads, and holds no worker meanwhile. */
function sendResponse(
  service: LegacyService,
  request: IncomingMessage,
  response: ServerResponse,
  result: unknown,
): void {
  if (!isResponse(result)) throw new ResponseInvalidError('The result of a fetch-style handler', 'a Response', result);
  const { status, statusText, headers, body } = result;
  if (status < 200) throw new ResponseInvalidError('The status of a Response', 'from 200 to 599', status);
  response.statusCode = status;
  if (statusText !== '') response.statusMessage = statusText;
  for (const [name, value] of headers) if (name !== 'set-cookie') response.setHeader(name, value);
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  if (body === null || request.method === 'HEAD') {
    response.end();
    body?.cancel().catch((error: unknown) => service.onError(error, request));
    return;
  }
  pipeline(Readable.fromWeb(body as NodeReadableStream), response, (error) => {
    if (error !== undefined && error !== null && !isGone(error)) service.onError(error, request);
  });
}

/** Of this or another realm or library. */
function isResponse(result: unknown): result is Response {
  const { status, headers } = (result ?? {}) as Partial<Response>;
  return typeof status === 'number' && typeof headers?.getSetCookie === 'function';
}

/** Whether the client has gone in the middle of the answer. */
export function isGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
