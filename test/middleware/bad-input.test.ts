import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { FastifyInstance, FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';

import { wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';
import { connectTo, received, server, until } from './servers.ts';

const JSON_TYPE = 'content-type: application/json';
const GET = 'GET /ok HTTP/1.1\r\nhost: a\r\nconnection: close\r\n';
const POST = `POST /json HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${JSON_TYPE}\r\n`;

function post(body: string, type = JSON_TYPE): string {
  return `POST /json HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`;
}

interface Row {
  input: string;
  request: string;
  /** How the answer begins; null for none. */
  status: number | null;
  /** What the answer contains. */
  says?: string;
  /** How many handlers start. */
  handlers?: number;
}

const ROWS: readonly Row[] = [
  { input: 'a header line without a colon', request: `${GET}rubbish\r\n\r\n`, status: 400 },
  { input: 'a NUL in a header', request: `${GET}x-a: \0\r\n\r\n`, status: 400 },
  { input: 'headers of more than 16 KB', request: `${GET}x-a: ${'a'.repeat(20_000)}\r\n\r\n`, status: 431 },
  { input: 'another protocol than HTTP/1', request: 'GET / HTTP/9.9\r\n\r\n', status: 400 },
  { input: 'no Host header', request: 'GET /ok HTTP/1.1\r\nconnection: close\r\n\r\n', status: 400 },
  { input: 'a Content-Length that is no number', request: `${POST}content-length: ten\r\n\r\n`, status: 400 },
  {
    input: 'Content-Length and Transfer-Encoding',
    request: `${POST}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 400,
  },
  { input: 'a bad chunk size', request: `${POST}transfer-encoding: chunked\r\n\r\nzz\r\n{}`, status: 400 },
  { input: 'a URL that does not decode', request: get('/ok/%E0%A4%A'), status: 400, says: 'FST_ERR_BAD_URL' },
  { input: 'a path without a route', request: get('/nowhere'), status: 404 },
  { input: 'a body that is not JSON', request: post('{"a":'), status: 400, says: 'FST_ERR_CTP_INVALID_JSON_BODY' },
  { input: 'no body where JSON is announced', request: post(''), status: 400, says: 'FST_ERR_CTP_EMPTY_JSON_BODY' },
  { input: 'a body with `__proto__`', request: post('{"__proto__":{"a":1}}'), status: 400 },
  { input: 'a body of an unknown type', request: post('x', 'content-type: text/x'), status: 415 },
  {
    input: 'a body over `bodyLimit`',
    request: post(`{"text":"${'x'.repeat(2000)}"}`),
    status: 413,
    says: 'FST_ERR_CTP_BODY_TOO_LARGE',
  },
  {
    input: 'a body against the schema',
    request: post('{"text":5.5,"n":"x"}'),
    status: 400,
    says: 'FST_ERR_VALIDATION',
  },
  {
    input: 'a body that ends before its length',
    request: `${POST}content-length: 100\r\n\r\n{"text"`,
    status: null,
  },
  { input: 'a handler that throws a string', request: get('/throws-string'), status: 500, handlers: 1 },
  { input: 'a handler that throws `undefined`', request: get('/throws-undefined'), status: 500, handlers: 1 },
  { input: 'a handler that returns what JSON cannot hold', request: get('/circular'), status: 500, handlers: 1 },
  {
    input: 'a handler that sets a header with a line break',
    request: get('/bad-header'),
    status: 500,
    says: 'ERR_INVALID_CHAR',
    handlers: 1,
  },
  {
    input: 'a handler that sets a status of 99',
    request: get('/bad-status'),
    status: 500,
    says: 'FST_ERR_BAD_STATUS_CODE',
    handlers: 1,
  },
  {
    input: 'an iterator that gives an object',
    request: get('/bad-chunk'),
    status: 500,
    says: 'GREEN_ERR_CHUNK_INVALID',
    handlers: 1,
  },
  {
    input: 'a handler that waits where it must not',
    request: get('/forbidden'),
    status: 500,
    says: 'GREEN_ERR_WAIT_FORBIDDEN',
    handlers: 1,
  },
];

let handlers = 0;

async function badServer(): Promise<FastifyInstance> {
  const app = await server({ timeout: 5000 }, { bodyLimit: 1000 });
  handlers = 0;
  const green = (path: string, handler: (reply: FastifyReply) => unknown): void => {
    app.get(path, { green: true }, (_request, reply) => {
      handlers++;
      wait(later(undefined));
      return handler(reply);
    });
  };
  green('/ok', () => 'ok');
  const schema = { body: { type: 'object', properties: { n: { type: 'integer' } } } };
  app.post('/json', { green: true, schema }, () => {
    handlers++;
    return 'ok';
  });
  green('/throws-string', () => {
    throw 'a string';
  });
  green('/throws-undefined', () => {
    throw undefined;
  });
  green('/circular', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    return circular;
  });
  green('/bad-header', (reply) => reply.header('x-a', 'a\r\nx-b: b').send('text'));
  green('/bad-status', (reply) => reply.code(99).send('text'));
  green('/bad-chunk', () => [{}].values());
  green('/forbidden', () => [{ toString: () => wait(later('x')) }].join());
  return app;
}

describe('bad input', () => {
  it.each(ROWS)('$input', async ({ request, status, says, handlers: started = 0 }) => {
    const app = await badServer();
    const socket = await connectTo(app);
    socket.write(request);
    if (status === null) socket.end();
    const answer = await received(socket);
    if (status === null) expect(answer).not.toContain('200');
    else expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    if (says !== undefined) expect(answer).toContain(says);
    await until(() => app.green.pool().stats.active === 0);
    expect(handlers).toBe(started);
    // The server goes on.
    expect((await app.inject('/ok')).body).toBe('ok');
  });

  it('is in the table of docs/fastify.md, row by row', () => {
    const docs = readFileSync(fileURLToPath(new URL('../../docs/fastify.md', import.meta.url)), 'utf8');
    const table = docs.slice(docs.indexOf('| input | what it gets |')).split('\n');
    const documented = table.slice(2).filter((line) => line.startsWith('|'));
    const expected = ROWS.map(({ input, status, says, handlers: started }) => {
      const outcome =
        status === null ? 'nothing: the client has gone' : `${status}${says === undefined ? '' : ` \`${says}\``}`;
      return `| ${input} | ${outcome}${started === undefined ? '' : '; the handler ran'} |`;
    });
    expect(documented).toEqual(expected);
  });
});
