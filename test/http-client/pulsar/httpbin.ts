// The server of pulsar's client tests: a little httpbin, as one listener for every kind of server. It echoes what
// came as JSON, and reads each request to its end before it answers, but for /refuse.

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

import { readAll } from '../servers.ts';

export const MAX_UPLOAD_BYTES = 262_144;
export const SCRIPT_MODIFIED = 'Wed, 10 Jan 2018 12:00:00 GMT';

/** What the echoing endpoints answer with. */
export interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly args: Record<string, string[]>;
  readonly data: string;
  readonly form: Record<string, string[]>;
  readonly files: Record<string, EchoedFile[]>;
}

export interface EchoedFile {
  readonly filename: string;
  readonly type: string;
  readonly base64: string;
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** What follows the endpoint's name in the path. */
  readonly args: readonly string[];
  readonly body: Buffer;
}

const ENDPOINTS: ReadonlyMap<string, (incoming: Incoming) => unknown> = new Map(
  Object.entries({
    '': home,
    echo,
    upload: (incoming) => (incoming.body.length > MAX_UPLOAD_BYTES ? text(incoming, 413, 'Too large') : echo(incoming)),
    raw: ({ request, response, body }) =>
      response.writeHead(200, { 'content-type': request.headers['content-type'] ?? '' }).end(body),
    gzip: ({ response }) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync('{"gzipped":true}')),
    status: (incoming) => text(incoming, Number(incoming.args[0]), 'the body of a status'),
    plaintext: (incoming) => text(incoming, 200, 'Hello, World!'),
    json: (incoming) => json(incoming, { message: 'Hello, World!' }),
    utf8: (incoming) => json(incoming, { name: 'Zoë', 名: '緑', '𝄞': 'é' }),
    size: (incoming) => json(incoming, { data: 'd'.repeat(Number(incoming.args[0])) }),
    stream,
    script,
    redirect,
    cookies,
    login: (incoming) => found(incoming, '/account', { 'set-cookie': 'session=s1; Path=/; HttpOnly' }),
    account: (incoming) =>
      cookiesOf(incoming.request)['session'] === 's1' ? text(incoming, 200, 'welcome') : found(incoming, '/login'),
    'basic-auth': basicAuth,
    'digest-auth': digestAuth,
    close: ({ response }) => response.writeHead(200, { connection: 'close' }).end('bye'),
    http10: ({ request }) =>
      request.socket.end('HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nends with its connection'),
  } satisfies Record<string, (incoming: Incoming) => unknown>),
);

export async function httpbin(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/refuse') {
    response.writeHead(413).end('unread');
    request.resume();
    return;
  }
  const body = await readAll(request).catch(() => null);
  if (body === null) return; // the client broke off
  const url = new URL(request.url ?? '', 'http://httpbin');
  const [name = '', ...args] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const incoming = { request, response, url, args, body };
  const endpoint = ENDPOINTS.get(name);
  if (endpoint === undefined) text(incoming, 404, 'Not Found');
  else await endpoint(incoming);
}

function home(incoming: Incoming): void {
  const { request, response } = incoming;
  if (request.headers.accept === 'application/json') {
    text(incoming, 415, 'Only HTML here');
    return;
  }
  const html = '<!doctype html><title>httpbin</title>';
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': html.length }).end(html);
}

async function echo(incoming: Incoming): Promise<void> {
  const { request, url, body } = incoming;
  const { method = '', headers } = request;
  const type = headers['content-type'] ?? '';
  const form: Record<string, string[]> = {};
  const files: Record<string, EchoedFile[]> = {};
  if (/form/.test(type)) {
    for (const [name, value] of await new Response(body, { headers: { 'content-type': type } }).formData()) {
      if (typeof value === 'string') addTo(form, name, value);
      else addTo(files, name, await fileOf(value));
    }
  }
  const args: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) addTo(args, name, value);
  const data = Object.keys(files).length === 0 ? body.toString() : '';
  json(incoming, { method, url: url.pathname + url.search, headers, args, data, form, files } satisfies Echo);
}

async function fileOf(file: File): Promise<EchoedFile> {
  return {
    filename: file.name,
    type: file.type,
    base64: Buffer.from(await file.arrayBuffer()).toString('base64'),
  };
}

/** /stream/:size/:count */
function stream({ response, args }: Incoming): void {
  const [size, count] = args.map(Number) as [number, number];
  response.writeHead(200, { 'content-type': 'text/plain' });
  for (let at = 0; at < count; at++) response.write('s'.repeat(size));
  response.end();
}

function script({ request, response }: Incoming): void {
  if (request.headers['if-modified-since'] === SCRIPT_MODIFIED) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'text/javascript', 'last-modified': SCRIPT_MODIFIED }).end('void 0;');
}

/** /redirect/:times, then to /echo */
function redirect(incoming: Incoming): void {
  const left = Number(incoming.args[0]) - 1;
  found(incoming, left > 0 ? `/redirect/${left}` : '/echo');
}

/** /cookies, /cookies/set/:name/:value */
function cookies(incoming: Incoming): void {
  const [set, name, value] = incoming.args;
  if (set === 'set') found(incoming, '/cookies', { 'set-cookie': `${name}=${value}; Path=/` });
  else json(incoming, cookiesOf(incoming.request));
}

function cookiesOf({ headers: { cookie = '' } }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    cookie
      .split('; ')
      .filter((pair) => pair !== '')
      .map((pair) => pair.split('=')),
  );
}

/** /basic-auth/:user/:password */
function basicAuth(incoming: Incoming): void {
  const expected = `Basic ${Buffer.from(incoming.args.join(':')).toString('base64')}`;
  if (incoming.request.headers.authorization === expected) text(incoming, 200, 'come in');
  else unauthorized(incoming, 'Basic realm="httpbin"');
}

const NONCE = 'dcd98b7102dd2f0e8b11d0f600bfb0c0';

/** /digest-auth/:user/:password, or with /:then a redirect to there; by RFC 2617 with qop=auth */
function digestAuth(incoming: Incoming): void {
  const { request, url, args } = incoming;
  const given: Record<string, string | undefined> = Object.fromEntries(
    [...(request.headers.authorization ?? '').matchAll(/(\w+)="?([^",]*)/g)].map(([, name, value]) => [name, value]),
  );
  const secret = md5(`${args[0]}:httpbin:${args[1]}`);
  const asked = md5(`${request.method}:${url.pathname}${url.search}`);
  const expected = md5(`${secret}:${NONCE}:${given['nc']}:${given['cnonce']}:auth:${asked}`);
  if (given['response'] === expected) {
    if (args[2] === undefined) text(incoming, 200, `come in, ${given['username']}`);
    else found(incoming, `/${args[2]}`);
  } else unauthorized(incoming, `Digest realm="httpbin", nonce="${NONCE}", qop="auth", algorithm=MD5`);
}

function md5(input: string): string {
  return createHash('md5').update(input).digest('hex');
}

function unauthorized({ response }: Incoming, challenge: string): void {
  response.writeHead(401, { 'www-authenticate': challenge }).end('who are you?');
}

function found({ response }: Incoming, location: string, headers: Record<string, string> = {}): void {
  response.writeHead(302, { location, ...headers }).end('elsewhere');
}

function text({ response }: Incoming, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
}

function json({ response }: Incoming, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

function addTo<T>(lists: Record<string, T[]>, name: string, value: T): void {
  lists[name] ??= [];
  lists[name].push(value);
}
