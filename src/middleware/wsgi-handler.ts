// WSGI- and Rack-shaped handlers, `(environ) => { status, headers, body }`, under runInPool().

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

import { ResponseInvalidError } from '../errors.ts';
import { wait } from '../pool/index.ts';
import { isGone } from './fetch-handler.ts';
import { IteratorStream } from './iterator-stream.ts';
import type { Handler, LegacyService } from './legacy-service.ts';
import { wsgiBody } from './wsgi-body.ts';
import { wsgiEnviron } from './wsgi-environ.ts';

export type WsgiHeaders =
  | Iterable<readonly [name: string, value: string | number]>
  | Readonly<Record<string, string | number | readonly string[]>>;

export interface WsgiResult {
  /** `200`, or `'200 OK'`. */
  status: number | string;
  headers?: WsgiHeaders;
  /** One chunk, or an iterable of chunks: a generator, which may wait. Its `close()`, if any, is called in the end. */
  body?: string | Uint8Array | Iterable<string | Uint8Array> | null;
}

const STATUS = /^([2-5]\d\d)(?: (.*))?$/;

/** The handler as a `(req, res)` one. */
export function wsgiHandler(handler: Handler, service: LegacyService): Handler {
  return function (...[incoming, outgoing]) {
    const request = incoming as IncomingMessage;
    const response = outgoing as ServerResponse;
    const environ = wsgiEnviron(request);
    const result = wait(Reflect.apply(handler, this, [environ])) as WsgiResult;
    if (typeof result !== 'object' || result === null) {
      throw new ResponseInvalidError('The result of a WSGI-shaped handler', '{ status, headers, body }', result);
    }
    if (isWhole(result.body)) {
      setHead(response, result);
      response.end(result.body ?? undefined);
      return;
    }
    const body = wsgiBody(result.body);
    try {
      setHead(response, result);
    } catch (error) {
      body.return?.();
      throw error;
    }
    if (request.method === 'HEAD') {
      body.return?.();
      response.end();
      return;
    }
    // Its first chunk is made here, so that what fails before it is answered with an error.
    const stream = IteratorStream.start(body, {
      settings: service.settings,
      response,
      label: `${request.method} ${environ.SCRIPT_NAME}${environ.PATH_INFO}`,
      queuedAtMs: performance.now(),
    });
    pipeline(stream, response, (error) => {
      if (error !== undefined && error !== null && !isGone(error)) service.onError(error, request);
    });
  };
}

/** Whether the body is there as one piece: it has a length that the client can be told. */
function isWhole(body: unknown): body is string | Uint8Array | null | undefined {
  return body === undefined || body === null || typeof body === 'string' || body instanceof Uint8Array;
}

function setHead(response: ServerResponse, { status, headers = {} }: WsgiResult): void {
  const [, code, message] = STATUS.exec(String(status)) ?? [];
  if (code === undefined) throw new ResponseInvalidError('status', "200 to 599, or such as '200 OK'", status);
  if (typeof headers !== 'object' || headers === null) {
    throw new ResponseInvalidError('headers', 'an object, or pairs', headers);
  }
  response.statusCode = Number(code);
  if (message !== undefined) response.statusMessage = message;
  const pairs = Symbol.iterator in headers ? headers : Object.entries(headers);
  for (const [name, value] of pairs as Iterable<readonly [string, string | number | readonly string[]]>) {
    if (typeof name !== 'string') throw new ResponseInvalidError('headers', 'pairs of name and value', name);
    if (value === undefined || value === null) throw new ResponseInvalidError(`header ${name}`, 'a string', value);
    response.appendHeader(name, Array.isArray(value) ? value : String(value));
  }
}
