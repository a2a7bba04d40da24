// Every option with what it must not be. The tables are typed by the options themselves: a new option without a row here
// does not compile.

import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

import {
  type EventSourceOptions,
  HttpClient,
  type HttpClientOptions,
  type HttpHooks,
  type HttpRequestOptions,
  type HttpTimeouts,
  type PaginateOptions,
  type ProxyByScheme,
  type RetryOptions,
  type TlsOptions,
  type WebSocketOptions,
} from '../../src/http-client/index.ts';
import { run } from '../../src/pool/index.ts';
import { inBothModes } from './both-modes.ts';
import { startServer } from './servers.ts';

type BadValues<Options> = Readonly<Record<keyof Options, readonly unknown[]>>;

const SECRET = 'hunter2';

const DEFAULTS = {
  headers: [SECRET, 5, [['a', SECRET]], { a: `${SECRET}\r\nb: c` }, { [`a\n${SECRET}`]: 'b' }, { a: { b: SECRET } }],
  params: [SECRET, 5, [['a', SECRET]], { a: { b: SECRET } }, { a: () => SECRET }, { a: Symbol(SECRET) }],
  auth: [SECRET, 5, [], ['user'], ['user', 5], ['user', `${SECRET}\r\n`], { basic: [SECRET, SECRET], x: 1 }],
  timeout: [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5s', true],
  retry: [-1, 1.5, 101, '3', true],
  redirects: [-1, 1.5, 101, '3', true],
  throwOnError: [1, 'yes', {}],
  maxResponseBytes: [0, -1, 1.5, Number.NaN, '1 MB'],
  decompress: [1, 'yes', {}],
  hooks: [5, 'x', () => {}],
} as const;

const ROUTE: BadValues<Pick<HttpRequestOptions, 'proxy' | 'tls' | 'socketPath' | 'http2'>> = {
  proxy: [5, true, '', `ftp://user:${SECRET}@host`, `http://user:${SECRET}@host/path`, `http://user:%${SECRET}@host`],
  tls: [5, SECRET, null],
  socketPath: ['', 5, null],
  http2: [1, 'yes', null],
};

const CLIENT: BadValues<HttpClientOptions> = {
  ...DEFAULTS,
  ...ROUTE,
  green: [1, 'yes', null],
  baseUrl: [5, '', '/api', 'ftp://h/', 'http://h/?a', 'http://h/#a', `http://user:${SECRET}%0A@h/`],
  cookies: [5, SECRET, {}, { getCookieStringSync() {}, setCookieSync() {}, store: { synchronous: false } }],
  netrc: [5, ''],
  localAddress: ['localhost', 5, Symbol('x')],
  family: [5, '4', -6, null],
  autoSelectFamilyAttemptTimeout: [9, 60_001, '250', Number.NaN],
  connections: [0, -1, 1.5, '5', Number.POSITIVE_INFINITY],
  keepAliveTimeout: [0, -1, 600_001, '4 s'],
  maxHeaderBytes: [0, -1, 1.5, '16 KB'],
  dns: [5, 'yes', { maxTTL: -1 }],
  cache: [5, 'yes', { store: 5 }],
  interceptors: [5, [5], () => {}],
  dispatcher: [5, {}, null],
  app: [5, {}, null],
  mounts: [5, null, { x: {} }, { 'http://h/': 5 }, { 'http://h/': { x: 1 } }, { [`http://u:${SECRET}@h/`]: {} }],
};

const REQUEST: BadValues<HttpRequestOptions> = {
  ...DEFAULTS,
  ...ROUTE,
  path: [SECRET, 5, null, { x: SECRET }],
  cookies: [SECRET, 5, null, true, { 'a;b': SECRET }, { a: `${SECRET}; b` }, { a: `${SECRET}\r\n` }, { a: 5 }],
  stream: [1, 'yes', null],
  signal: [5, {}, null],
  onUploadProgress: [5, {}, null],
  onDownloadProgress: [5, {}, null],
  json: [() => SECRET, 1n, Symbol(SECRET)],
  form: [SECRET, 5, { a: { b: SECRET } }, [[SECRET]], new (class Form {})()],
  multipart: [SECRET, 5, { a: { b: SECRET } }, [[SECRET]], new (class Form {})()],
  body: [5, { a: SECRET }, () => 5, [5]],
};

const TIMEOUT: BadValues<HttpTimeouts> = {
  total: [-1, '5', null],
  connect: [-1, '5', null],
  headers: [-1, Number.NaN, null],
  body: [-1, 2 ** 31, null],
};

const RETRY: BadValues<RetryOptions> = {
  limit: [-1, 1.5, 101, '3', null],
  methods: ['GET', [5], ['G T']],
  statuses: [503, [399], [600], ['503']],
  codes: ['x', [5], ['ECONNRESET']],
  backoff: [-1, '5', Number.NaN],
  maxDelay: [-1, '5', Number.NaN],
  jitter: [-1, 1.1, '1', Number.NaN],
  maxRetryAfter: [-1, '5', Number.NaN],
  onTimeout: [1, 'yes', null],
};

const TLS: BadValues<TlsOptions> = {
  ca: [SECRET, 5, '/etc/ssl/ca.pem'],
  cert: [SECRET, 5, [SECRET]],
  key: [SECRET, 5, `-----BEGIN PRIVATE KEY-----\n${SECRET}`],
  pfx: [SECRET, 5, new Uint8Array(3)],
  passphrase: [5, {}],
  verify: [1, 'no', null],
  servername: [5, null],
  minVersion: ['TLSv9', 1.2],
  maxVersion: ['TLSv9', 1.2],
  ciphers: [5, 'NO-SUCH-CIPHER'],
};

const PROXY: BadValues<ProxyByScheme> = {
  http: [5, '', `ftp://user:${SECRET}@host`],
  https: [5, '', `ftp://user:${SECRET}@host`],
  no: [5, '10.0.0.0/99'],
  tls: [5, { ca: SECRET }],
};

const HOOKS: BadValues<HttpHooks> = {
  beforeRequest: [5, [5]],
  beforeRedirect: [5, 'x'],
  beforeRetry: [5, {}],
  afterResponse: [5, true],
  beforeError: [5, [() => {}, 5]],
};

const WEB_SOCKET: BadValues<WebSocketOptions> = {
  protocols: ['chat', [5], ['a b'], ['a', 'A']],
  headers: [SECRET, 5, { a: `${SECRET}\r\n` }],
  timeout: [0, -1, '5'],
  maxMessageBytes: [0, 1.5, '1 MB'],
  highWaterMark: [0, 1.5, '1 MB'],
  detached: [1, 'yes'],
};

const PAGINATE: BadValues<PaginateOptions<never, never>> = {
  next: [5, 'next'],
  items: [5, 'items', null],
  limit: [-1, 1.5, '5'],
  maxPages: [0, -1, '5'],
  crossOrigin: [1, 'yes'],
};

const EVENT_SOURCE: BadValues<EventSourceOptions> = {
  request: [5, null, SECRET, { x: 1 }],
  lastEventId: [5, null],
  retry: [-1, '5', Number.NaN],
  maxDelay: [-1, '5', 2 ** 31],
  maxEventLength: [0, 1.5, '1 MB'],
};

/** One options object for each bad value of a table. */
function each<Options>(table: BadValues<Options>): Record<string, unknown>[] {
  return Object.entries<readonly unknown[]>(table).flatMap(([name, values]) => values.map((bad) => ({ [name]: bad })));
}

function under(name: string, table: Record<string, unknown>[]): Record<string, unknown>[] {
  return table.map((options) => ({ [name]: options }));
}

const NESTED = [
  ...under('timeout', [...each(TIMEOUT), { x: 1 }]),
  ...under('retry', [...each(RETRY), { x: 1 }]),
  ...under('tls', [...each(TLS), { x: 1 }]),
  ...under('proxy', [...each(PROXY), { x: 1 }]),
  ...under('hooks', [...each(HOOKS), { x: 1 }]),
];

const NO_OPTIONS = [{ x: 1 }, null, SECRET, 5];

/** A failure of it names what was not refused. */
async function expectRefused(what: unknown, act: () => unknown): Promise<void> {
  const title = inspect(what, { depth: 3 });
  const error = await Promise.resolve()
    .then(act)
    .then(
      () => 'was accepted',
      (failure: unknown) => failure,
    );
  expect({ title, error }).toMatchObject({ title, error: { code: 'GREEN_ERR_OPT_INVALID', statusCode: 500 } });
  const { message, stack } = error as Error;
  expect([title, `${message}${stack}${JSON.stringify(error)}`]).toEqual([title, expect.not.stringContaining(SECRET)]);
}

describe('bad options', () => {
  it('of a client are refused when it is made', async () => {
    for (const options of [...each(CLIENT), ...NESTED, ...NO_OPTIONS]) {
      await expectRefused(options, () => new HttpClient(options as never));
    }
  });

  it('of a client are refused by extend()', async () => {
    const beforeError = (error: Error): Error => error;
    const full = { headers: { a: 'b' }, params: { a: 1 }, timeout: 5, retry: 1, hooks: { beforeError } };
    const client = new HttpClient(full);
    for (const options of [...each(CLIENT), ...NESTED, ...NO_OPTIONS]) {
      await expectRefused(options, () => client.extend(options as never));
    }
    await client.close();
  });

  for (const [title, table] of Object.entries({
    request: [...each(REQUEST), ...NO_OPTIONS],
    'request, below them,': NESTED,
  })) {
    inBothModes(`of a ${title} are refused before anything is sent`, async (ask) => {
      const server = await startServer((_, response) => response.end());
      for (const options of table) {
        await expectRefused(options, () => ask((client) => client.post(server.url, options as never)));
      }
      expect(server.connections).toBe(0);
    });
  }

  it('of webSocket(), paginate(), sse() and mount() are refused before anything is sent', async () => {
    const server = await startServer((_, response) => response.end());
    for (const green of [true, false]) {
      const client: HttpClient<boolean> = new HttpClient({ green });
      onTestFinished(() => client.close());
      const within = (act: () => unknown): (() => unknown) => (green ? () => run(act) : act);
      for (const options of [...each(WEB_SOCKET), { x: 1 }, null]) {
        await expectRefused(
          { webSocket: options },
          within(() => client.webSocket(server.url, options as never)),
        );
      }
      for (const options of [...each(PAGINATE), { x: 1 }, null]) {
        await expectRefused(
          { paginate: options },
          within(() => client.paginate(server.url, options as never)),
        );
      }
      for (const request of [...each({ signal: REQUEST.signal }), { x: 1 }, null, SECRET]) {
        await expectRefused(
          { request },
          within(() => client.paginate(server.url, {}, request as never)),
        );
      }
      for (const options of [...each(EVENT_SOURCE), { x: 1 }, null]) {
        await expectRefused({ sse: options }, () => client.sse(server.url, options as never));
      }
      for (const prefix of ['', 'h', 'ftp://h/', `http://user:${SECRET}@h/`, 'http://h/?a', Symbol('x')]) {
        await expectRefused(prefix, () => client.mount(prefix as never, {}));
      }
      for (const target of [null, 5, { x: 1 }, { proxy: `ftp://user:${SECRET}@h` }, { mounts: {} }]) {
        await expectRefused(target, () => client.mount('http://h/', target as never));
      }
    }
    expect(server.connections).toBe(0);
  });
});
