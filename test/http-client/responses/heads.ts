// Responses without a server: heads and sources made by hand.

import { Readable } from 'node:stream';

import { HttpResponse } from '../../../src/http-client/responses/http-response.ts';
import { HttpStream } from '../../../src/http-client/responses/http-stream.ts';
import type { ResponseHead } from '../../../src/http-client/responses/response-head.ts';

export function headOf(head: Partial<ResponseHead> = {}): ResponseHead {
  return {
    green: false,
    method: 'GET',
    origin: 'http://host',
    path: '/path?token=secret',
    attempt: 1,
    elapsed: 1,
    status: 200,
    statusText: 'OK',
    headers: {},
    history: [],
    timings: null,
    ...head,
  };
}

export function responseOf(body: string | Buffer, head: Partial<ResponseHead> = {}): HttpResponse {
  return new HttpResponse(headOf(head), Buffer.from(body as string));
}

/** A source that gives `chunks` and then ends, or goes on waiting if told so. */
export function sourceOf(chunks: Iterable<string | Buffer>, { open = false } = {}): Readable {
  const source = new Readable({ read() {} });
  for (const chunk of chunks) source.push(chunk);
  if (!open) source.push(null);
  return source;
}

export function streamOf<Green extends boolean>(
  green: Green,
  source: Readable | Iterable<string | Buffer>,
  head: Partial<ResponseHead> = {},
  { maxBytes = 1_000_000, decompress = true } = {},
): HttpStream<Green> {
  const readable = source instanceof Readable ? source : sourceOf(source);
  return new HttpStream<Green>(headOf({ ...head, green }), readable, { maxBytes, decompress });
}
