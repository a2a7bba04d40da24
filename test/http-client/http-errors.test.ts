import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import { GreenroomError } from '../../src/errors.ts';
import { HttpClient, HttpError, http } from '../../src/http-client/index.ts';
import { run } from '../../src/pool/index.ts';
import { failureOf, inBothModes } from './both-modes.ts';
import { startServer, unusedPort } from './servers.ts';

describe('an error of the HTTP client', () => {
  it("has the green caller's whole stack, and none of the client's own frames above it", async () => {
    const url = `http://127.0.0.1:${await unusedPort()}/`;
    const error = await failureOf(
      run(function handler() {
        return [url].map(function loadUser(target) {
          return http.get(target).json();
        });
      }),
    );
    const frames = error.stack?.split('\n').slice(1) ?? [];
    expect(frames[0]).toContain('HttpClient.get');
    expect(frames[1]).toContain('loadUser');
    expect(frames[2]).toContain('Array.map');
    expect(frames[3]).toContain('handler');
    expect(error.stack).toContain(import.meta.filename);
  });

  it('has the async callers that awaited it', async () => {
    const client = new HttpClient();
    const url = `http://127.0.0.1:${await unusedPort()}/`;
    async function loadUser(): Promise<unknown> {
      return (await client.get(url)).json();
    }
    async function handler(): Promise<unknown> {
      return await loadUser();
    }
    const { stack } = await failureOf(handler());
    expect(stack).toMatch(/loadUser .*\n.*handler /);
    await client.close();
  });

  inBothModes('belongs to one family and says where it went only in hidden fields', async (ask) => {
    const port = await unusedPort();
    const path = '/very/private?password=hunter2';
    const error = await failureOf(
      ask((client) =>
        client.post(`http://localhost:${port}${path}`, {
          headers: { authorization: 'Bearer hunter2' },
          json: { password: 'hunter2' },
        }),
      ),
    );
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toBeInstanceOf(GreenroomError);
    expect(error['url']).toBe(`http://localhost:${port}/very/private`);
    expect(Object.keys(error)).not.toContain('url');
    expect(error.message).not.toMatch(/localhost|127|private/);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
  });

  inBothModes('with a response does not print it', async (ask) => {
    const { url } = await startServer((_, response) =>
      response.writeHead(500, { 'x-token': 'hunter2' }).end('hunter2'),
    );
    const error = await failureOf(ask(async (client) => (await client.get(url)).raiseForStatus()).catch(rethrow));
    expect(error['code']).toBe('GREEN_ERR_HTTP_STATUS');
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain('hunter2');
  });
});

describe('AsyncLocalStorage', () => {
  inBothModes('keeps its store across a call, on concurrent contexts that share connections', async (ask) => {
    const { url } = await startServer((request, response) => {
      setTimeout(() => response.end(), Number(request.url?.slice(1)) % 7);
    });
    const storage = new AsyncLocalStorage<number>();
    const calls = Array.from({ length: 30 }, (_, i) =>
      storage.run(i, async () => {
        const before = storage.getStore();
        await ask((client) => client.get(`${url}/${i}`));
        return [before, storage.getStore()];
      }),
    );
    expect(await Promise.all(calls)).toEqual(calls.map((_, i) => [i, i]));
  });

  it('keeps the store inside the green context itself, request after request, failure or not', async () => {
    const { url } = await startServer((request, response) => {
      if (request.url === '/0') request.socket.destroy();
      else setImmediate(() => response.end());
    });
    const client = new HttpClient({ green: true });
    const storage = new AsyncLocalStorage<string>();
    const contexts = Array.from({ length: 20 }, (_, i) =>
      storage.run(`context ${i}`, () =>
        run(() => {
          const seen: unknown[] = [];
          for (let n = 0; n < 5; n++) {
            try {
              client.get(`${url}/${n}`);
            } catch {
              seen.push('failed');
            }
            seen.push(storage.getStore());
          }
          return seen;
        }),
      ),
    );
    expect(await Promise.all(contexts)).toEqual(
      contexts.map((_, i) => ['failed', ...Array.from({ length: 5 }, () => `context ${i}`)]),
    );
    expect(storage.getStore()).toBeUndefined();
    await client.close();
  });
});

function rethrow(error: unknown): never {
  throw error;
}
