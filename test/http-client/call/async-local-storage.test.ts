// Whose AsyncLocalStorage store code of the caller's sees: always that of its own call, though undici calls back with
// those of whoever else used the connection.

import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect } from 'vitest';

import type { HttpClient, HttpStream } from '../../../src/http-client/index.ts';
import { startServer } from '../servers.ts';
import { inEachMode } from './modes.ts';

const storage = new AsyncLocalStorage<string>();
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Answers /<name> with its name, in several pieces, one turn after the other. */
async function startPieces() {
  const { url } = await startServer((request, response) => {
    if (request.url?.startsWith('/from')) {
      response.writeHead(307, { location: request.url.replace('/from', '') }).end();
      return;
    }
    request.resume().on('end', async () => {
      for (let piece = 0; piece < 4; piece++) {
        response.write(`${request.url?.slice(1)}\n`);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
  });
  return url;
}

describe('the stores of calls that take turns on one connection', () => {
  inEachMode('are there after each call, and in its hooks', async ({ newClient, call, green }) => {
    const url = await startPieces();
    const seen: string[] = [];
    const note = (where: string): void => void seen.push(`${where} ${storage.getStore()}`);
    const client = newClient({
      connections: 1,
      auth: () => note('auth'),
      hooks: {
        beforeRequest: () => note('request'),
        beforeRedirect: () => note('redirect'),
        afterResponse: async () => {
          note('response');
          await undefined;
          note('later');
        },
      },
    });
    const one = (name: string): Promise<void> =>
      storage.run(name, () =>
        call(() => {
          const response = client.get(`${url}/from/${name}`);
          if (green) return note('after');
          return Promise.resolve(response).then(() => note('after'));
        }),
      );
    await Promise.all(NAMES.map(one));
    const places = ['auth', 'request', 'redirect', 'auth', 'request', 'response', 'later', 'after'];
    for (const name of NAMES) {
      expect(seen.filter((place) => place.endsWith(` ${name}`))).toEqual(places.map((place) => `${place} ${name}`));
    }
    expect(seen.length).toBe(places.length * NAMES.length);
  });

  inEachMode('are there while a body is made, and where progress is told', async ({ newClient, call }) => {
    const url = await startPieces();
    const client = newClient({ connections: 1 });
    const wrong: string[] = [];
    const places = new Set<string>();
    const one = (name: string): Promise<unknown> => {
      const note = (where: string): void => {
        places.add(where);
        if (storage.getStore() !== name) wrong.push(`${where}: ${storage.getStore()} for ${name}`);
      };
      const options = {
        body: function* (): Generator<string> {
          note('body');
          yield 'x';
          note('body, again');
        },
        onUploadProgress: () => note('upload'),
        onDownloadProgress: () => note('download'),
      };
      return storage.run(name, () => call(() => client.post(`${url}/${name}`, options)));
    };
    await Promise.all(NAMES.map(one));
    expect(wrong).toEqual([]);
    expect([...places].sort()).toEqual(['body', 'body, again', 'download', 'upload']);
  });

  inEachMode('are there in the readers of streams', async ({ newClient, call }) => {
    const url = await startPieces();
    const client = newClient({ connections: 1 });
    const one = (name: string): Promise<string[]> =>
      storage.run(name, () => call(() => read(client, `${url}/${name}`))) as Promise<string[]>;
    const all = await Promise.all(NAMES.map(one));
    expect(all).toEqual(NAMES.map((name) => Array(4).fill(`${name} ${name}`)));
  });

  inEachMode('are there in the events of bodies', async ({ newClient, call }) => {
    const url = await startPieces();
    const client = newClient({ connections: 1 });
    const one = (name: string): Promise<string[]> =>
      storage.run(name, async () => {
        const { body } = await call(() => client.get(`${url}/${name}`, { stream: true }));
        const seen = new Set<string>();
        return new Promise((resolve, reject) => {
          body.on('error', reject).on('data', () => seen.add(`data ${storage.getStore()}`));
          body.on('end', () => resolve([...seen.add(`end ${storage.getStore()}`)]));
        });
      });
    const all = await Promise.all(NAMES.map(one));
    expect(all).toEqual(NAMES.map((name) => [`data ${name}`, `end ${name}`]));
  });
});

/** Each line with the store in which it was read. */
function read(client: HttpClient<boolean>, url: string): unknown {
  const line = (text: string): string => `${text} ${storage.getStore()}`;
  if (client.green) {
    const lines = (client.get(url, { stream: true }) as HttpStream<true>).iterLines();
    return Array.from(lines, line);
  }
  return (async () => {
    const response = (await client.get(url, { stream: true })) as HttpStream<false>;
    const lines: string[] = [];
    for await (const text of response.iterLines()) lines.push(line(text));
    return lines;
  })();
}
