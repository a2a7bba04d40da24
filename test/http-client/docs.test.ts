// docs/http-client.md tells every option there is, with its default, every error, and nothing else; its examples are those
// of docs-examples.test.ts.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { HTTP_CLIENT_DEFAULTS, type HttpClientOptions } from '../../src/http-client/client-options.ts';
import type {
  EventSourceOptions,
  HttpDefaults,
  HttpHooks,
  HttpRequestOptions,
  HttpTimeouts,
  PaginateOptions,
  ProxyByScheme,
  TlsOptions,
  TransportOptions,
} from '../../src/http-client/index.ts';
import * as httpClient from '../../src/http-client/index.ts';
import { RETRY_DEFAULTS } from '../../src/http-client/retries/retry-options.ts';
import { DEFAULT_TIMEOUTS } from '../../src/http-client/timeouts.ts';
import { TRANSPORT_DEFAULTS } from '../../src/http-client/transport/transport-defaults.ts';
import { WEBSOCKET_DEFAULTS } from '../../src/http-client/websocket/websocket-options.ts';

const docs = read('../../docs/http-client.md');

/** Every option by name, and its default; undefined where the documentation describes it in words. */
type Defaults<Options> = Readonly<Record<keyof Options, unknown>>;

const IN_WORDS = undefined;
const { headers: _headers, timeout: _timeout, green, cookies, netrc, ...plain } = HTTP_CLIENT_DEFAULTS;

const TABLES: Readonly<Record<string, object>> = {
  Defaults: {
    ...plain,
    headers: IN_WORDS,
    params: null,
    auth: null,
    timeout: IN_WORDS,
    hooks: null,
  } satisfies Defaults<HttpDefaults>,
  'Client options': { green, baseUrl: null, cookies, netrc } satisfies Defaults<
    Omit<HttpClientOptions, keyof HttpDefaults | keyof TransportOptions>
  >,
  'Request options': {
    path: null,
    json: null,
    form: null,
    multipart: null,
    body: null,
    cookies: null,
    stream: false,
    signal: null,
    onUploadProgress: null,
    onDownloadProgress: null,
    proxy: IN_WORDS,
    tls: IN_WORDS,
    socketPath: IN_WORDS,
    http2: IN_WORDS,
  } satisfies Defaults<Omit<HttpRequestOptions, keyof HttpDefaults>>,
  'Connection options': TRANSPORT_DEFAULTS satisfies Defaults<TransportOptions>,
  'Timeout options': DEFAULT_TIMEOUTS satisfies Defaults<HttpTimeouts>,
  'Retry options': RETRY_DEFAULTS,
  'Hook options': {
    beforeRequest: null,
    beforeRedirect: null,
    beforeRetry: null,
    afterResponse: null,
    beforeError: null,
  } satisfies Defaults<HttpHooks>,
  'Proxy options': { http: null, https: null, no: null, tls: IN_WORDS } satisfies Defaults<ProxyByScheme>,
  'TLS options': {
    ca: IN_WORDS,
    cert: null,
    key: null,
    pfx: null,
    passphrase: null,
    verify: true,
    servername: IN_WORDS,
    minVersion: IN_WORDS,
    maxVersion: IN_WORDS,
    ciphers: IN_WORDS,
  } satisfies Defaults<TlsOptions>,
  'Pagination options': {
    next: IN_WORDS,
    items: IN_WORDS,
    limit: null,
    maxPages: null,
    crossOrigin: false,
  } satisfies Defaults<PaginateOptions<never, never>>,
  'SSE options': {
    request: null,
    lastEventId: null,
    retry: 3000,
    maxDelay: 30_000,
    maxEventLength: 1_048_576,
  } satisfies Defaults<EventSourceOptions>,
  'WebSocket options': { ...WEBSOCKET_DEFAULTS, protocols: null, headers: null },
};

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

/** Cells of the tables below a heading, without the head. */
function rowsBelow(heading: string): string[][] {
  const start = docs.indexOf(`\n${heading}\n`);
  expect(start, heading).toBeGreaterThan(0);
  const end = docs.indexOf('\n#', start + heading.length + 1);
  return rowsIn(docs.slice(start, end === -1 ? undefined : end)).slice(1);
}

function rowsIn(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  return lines.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** A default as the tables write it: thousands parted, its unit left out. */
function written(cell: string): string {
  return cell
    .replaceAll('`', '')
    .replace(/ (?:ms|bytes)$/, '')
    .replace(/^none$/, 'null');
}

function expected(value: unknown): string {
  if (typeof value === 'number') return value >= 10_000 ? value.toLocaleString('en-US') : String(value);
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? `'${value}'` : String(value);
}

describe('docs/http-client.md', () => {
  it.each(Object.entries(TABLES))('has every option in the table %s, with its default', (heading, options) => {
    const rows = rowsBelow(`### ${heading}`);
    expect(rows.map(([name]) => name?.replaceAll('`', '')).toSorted()).toEqual(Object.keys(options).toSorted());
    for (const [name = '', cell = '', meaning] of rows) {
      const value: unknown = (options as Record<string, unknown>)[name.replaceAll('`', '')];
      expect([name, cell]).not.toContain('');
      if (value !== IN_WORDS) expect([name, written(cell)]).toEqual([name, expected(value)]);
      expect(meaning, name).toBeTypeOf('string');
    }
  });

  it('has no other table of options', () => {
    const headings = [...docs.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(Object.keys(TABLES));
  });

  it('has every error of the client, its class as docs/errors.md and index.ts have it', () => {
    const rows = rowsBelow('## Errors');
    const all = rowsIn(read('../../docs/errors.md')).filter(([code]) => /`GREEN_ERR_(?:HTTP|OPT)_/.test(code ?? ''));
    const codeAndClass = ([code, name]: string[]): string => `${code} ${name}`;
    expect(rows.map(codeAndClass).toSorted()).toEqual(all.map(codeAndClass).toSorted());
    for (const row of rows) {
      expect(row).toHaveLength(4);
      expect(row).not.toContain('');
    }
    const classes = rows.map(([, name]) => name?.replaceAll('`', '')).filter((name) => name !== 'InvalidOptionError');
    expect(Object.keys(httpClient)).toEqual(expect.arrayContaining(classes));
  });

  it('has links to what is there', () => {
    const anchors = [...docs.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...docs.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor);
    expect(links.length).toBeGreaterThan(20);
    expect(anchors).toEqual(expect.arrayContaining(links));
    for (const [, file = ''] of docs.matchAll(/\]\(((?!#)[^)]*)\)/g)) expect(read(`../../docs/${file}`)).not.toBe('');
  });

  it('has the examples of docs-examples.test.ts, all of them', () => {
    const compiled = dedented(read('./docs-examples.test.ts').split('\n')).join('\n');
    const blocks = [...docs.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block);
    expect(blocks.length).toBeGreaterThan(10);
    for (const block of blocks) {
      const code = dedented(block.split('\n').filter((line) => !line.startsWith('import ')))
        .join('\n')
        .trim();
      expect(compiled).toContain(code);
      for (const [, names = '', specifier = ''] of block.matchAll(/^import \{(.*)\} from '(.*)';$/gm)) {
        expect(specifier).toMatch(/^greenroom(?:\/http-client)?$/);
        for (const name of names.split(','))
          expect(compiled).toMatch(new RegExp(`^import .*\\b${name.trim()}\\b`, 'm'));
      }
    }
  });
});

/** Without their indentation, which differs between a page and a test. */
function dedented(lines: string[]): string[] {
  return lines.map((line) => line.trim());
}
