import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { file, HttpClient } from '../../src/http-client/index.ts';
import { run } from '../../src/pool/index.ts';
import { failureOf, inBothModes } from './both-modes.ts';
import { startServer } from './servers.ts';
import { cert, key } from './tls.ts';

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

describe('complaints.md', () => {
  const rows = read('./complaints.md')
    .split('\n')
    .filter((line) => /^\| (?:\d+|\+) \|/.test(line));

  it('answers each of the fifteen, and one more', () => {
    expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual([
      ...Array.from({ length: 15 }, (_, i) => `${i + 1}`),
      '+',
    ]);
  });

  it.each(rows.map((row) => [row.split('|')[2]?.trim() ?? '', row]))(
    'names tests that exist: %s',
    (_complaint, row) => {
      const answers = row.split('|')[3] ?? '';
      const files = [...answers.matchAll(/(?:^|; )\s*([\w/-]+): ((?:"[^"]*"(?: \([^)]*\))?(?:, )?)+)/g)];
      expect(files.length).toBeGreaterThan(0);
      expect(files.length).toBe(answers.split('; ').length);
      for (const [, file = '', titles = ''] of files) {
        const source = read(`./${file}.test.ts`);
        for (const [, title = ''] of titles.matchAll(/"([^"]*)"/g)) expect(source, file).toContain(title);
      }
    },
  );
});

describe('what users complain about', () => {
  inBothModes('a response that nobody reads gives its connection back', async (ask) => {
    const server = await startServer((_, response) => response.end('x'.repeat(100_000)));
    const statuses = await ask(
      async (client) => {
        const calls = Array.from({ length: 5 }, () => client.get(server.url));
        return (await Promise.all(calls)).map(({ status }) => status);
      },
      { connections: 1 },
    );
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(server.connections).toBe(1);
  });

  it('a streamed response that nobody reads gives its connection back with its context', async () => {
    const server = await startServer((_, response) => response.end('x'.repeat(1000)));
    const client = new HttpClient({ green: true, connections: 1 });
    onTestFinished(() => client.close());
    for (let n = 0; n < 5; n++) expect(await run(() => client.get(server.url, { stream: true }).status)).toBe(200);
    expect(server.connections).toBe(1);
  });

  inBothModes("bad input, too, shows the caller's line first", async (ask) => {
    const deep = { multipart: { a: { bad: true } as never } };
    const late = { body: file('/no/such/file') };
    for (const options of [deep, late]) {
      const error = await failureOf(
        ask(async function callerLine(client) {
          return await client.post('http://127.0.0.1:1/', options);
        }),
      );
      expect(error['code']).toBe('GREEN_ERR_OPT_INVALID');
      expect(error.stack?.split('\n').slice(1, 3).join()).toContain('callerLine');
    }
  });

  inBothModes('netrc is asked last', async (ask) => {
    const { url } = await startServer((request, response) => response.end(request.headers.authorization ?? 'none'));
    const directory = await mkdtemp(join(tmpdir(), 'greenroom-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const netrc = join(directory, 'netrc');
    await writeFile(netrc, 'machine 127.0.0.1 login n password n\n');
    const sent = async (target: string, request: object, client: object): Promise<string> =>
      (await ask((one) => one.get(target, request), { netrc, ...client })).text();
    const basic = (user: string): string => `Basic ${btoa(`${user}:${user}`)}`;
    const withUser = url.replace('//', '//u:u@');
    expect(await sent(url, {}, {})).toBe(basic('n'));
    expect(await sent(url, {}, { netrc: false })).toBe('none');
    expect(await sent(url, { auth: null }, {})).toBe('none');
    expect(await sent(withUser, {}, {})).toBe(basic('u'));
    expect(await sent(withUser, {}, { auth: ['c', 'c'] })).toBe(basic('c'));
    expect(await sent(withUser, { auth: ['r', 'r'] }, { auth: ['c', 'c'] })).toBe(basic('r'));
    expect(await sent(withUser, { auth: ['r', 'r'], headers: { authorization: 'h' } }, {})).toBe('h');
  });

  inBothModes('NODE_TLS_REJECT_UNAUTHORIZED has no say', async (ask) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const server = createServer({ cert, key }, (_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await failureOf(ask((client) => client.get(url)))).toMatchObject({ code: 'GREEN_ERR_HTTP_TLS' });
    expect((await ask((client) => client.get(url, { tls: { verify: false } }))).status).toBe(200);
  });
});
