// Requests to an application in this process, without a socket: any object with light-my-request's inject(), a Fastify
// instance for one. To the client it is a dispatcher like any other.

import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

import { InjectedRequest, type InjectResponse } from './injected-request.ts';

/** As much of light-my-request's options as is used. */
export interface InjectOptions {
  method: string;
  url: string;
  headers: Record<string, string>;
  payload?: string | Buffer | Readable;
  payloadAsStream: true;
  signal: AbortSignal;
}

/** An application that takes requests without a socket, such as a Fastify instance. */
export interface InjectableApp {
  // Not typed further: Fastify's own type knows fewer methods than HTTP.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  inject(options: any): PromiseLike<unknown>;
}

export class InjectDispatcher {
  readonly #app: InjectableApp;

  constructor(app: InjectableApp) {
    this.#app = app;
  }

  /** Never throws: what goes wrong is told to the handler. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const request = new InjectedRequest(handler, options.method);
    // Later, because the application's handlers would else run on the caller's stack, below dispatch().
    queueMicrotask(() => {
      if (!request.start()) return;
      inject(this.#app, options, request.signal)
        .then((response) => request.respond(response))
        .catch((error) => request.fail(error));
    });
    return true;
  }
}

async function inject(
  app: InjectableApp,
  { origin, path, method, headers, body }: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<InjectResponse> {
  const payload = payloadOf(body);
  const sent = headersOf(headers);
  sent['host'] ??= new URL(String(origin)).host; // light-my-request's has ':80'
  // Without either header, an application takes the request for one without a body.
  if (payload instanceof Readable && sent['content-length'] === undefined) sent['transfer-encoding'] = 'chunked';
  const injected: InjectOptions = {
    method,
    url: String(origin) + path,
    headers: sent,
    ...(payload === undefined ? null : { payload }),
    payloadAsStream: true,
    signal,
  };
  return (await app.inject(injected)) as InjectResponse;
}

function payloadOf(body: unknown): string | Buffer | Readable | undefined {
  if (body === null || body === undefined) return undefined;
  if (typeof body === 'string' || Buffer.isBuffer(body) || body instanceof Readable) return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return Readable.from(body as Iterable<unknown>);
}

function headersOf(headers: Dispatcher.DispatchOptions['headers']): Record<string, string> {
  const sent: Record<string, string> = {};
  const add = (name: string, value: unknown): void => {
    const key = name.toLowerCase();
    const text = Array.isArray(value) ? value.join(', ') : String(value);
    const before = sent[key];
    sent[key] = before === undefined ? text : `${before}${key === 'cookie' ? '; ' : ', '}${text}`;
  };
  if (Array.isArray(headers)) {
    for (let at = 0; at < headers.length; at += 2) add(headers[at] as string, headers[at + 1]);
  } else {
    for (const [name, value] of Object.entries(headers ?? {})) if (value !== undefined) add(name, value);
  }
  return sent;
}
