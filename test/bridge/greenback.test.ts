// greenback's and greenletio's own tests in our terms, as far as no other file has them: see greenback.md and greenletio.md.

import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { asyncContext, asyncIter, autoAwait, green, inContext, run, spawn, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';

const outside = expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' });

describe('a context, as a greenback portal', () => {
  it('lets wait() and await alternate in many tasks at once', async () => {
    let ticks = 0;
    const tick = (): void => {
      wait(later(undefined));
      ticks++;
    };
    const asyncTask = async (): Promise<void> => {
      for (let n = 0; n < 50; n++) {
        await later(undefined);
        await run(tick);
      }
    };
    await Promise.all([
      asyncTask(),
      run(() => wait(asyncTask())),
      run(() => {
        for (let n = 0; n < 100; n++) tick();
      }),
    ]);
    expect(ticks).toBe(200);
  });

  it('serves and calls an echo server in sync style', async () => {
    const serve = (socket: Socket): void => {
      for (const chunk of asyncIter<Buffer, undefined, undefined>(socket)) socket.write(chunk);
      socket.end();
    };
    const server = createServer({ allowHalfOpen: true }, (socket) => void spawn(serve, socket));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const answer = await run(() => {
      using _server = asyncContext(server);
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      wait(once(socket, 'connect'));
      socket.end('hello');
      return Buffer.concat([...asyncIter<Buffer, undefined, undefined>(socket)]).toString();
    });
    expect(answer).toBe('hello');
  });

  it('is there below run(), however nested, and nowhere else', async () => {
    const test = async (): Promise<boolean> => {
      const before = inContext();
      await later(undefined);
      return before || inContext();
    };
    expect(await run(() => wait(test()))).toBe(true); // an async function begins on its caller's stack
    expect(await run(async () => (await later(undefined)) ?? inContext())).toBe(false);
    expect(() => wait(later(1))).toThrow(outside);
    expect(await run(() => wait(run(() => wait(run(() => wait(later('inner')))))))).toBe('inner');
    expect(() => wait(later(1))).toThrow(outside);
  });

  it('is had by every task of a tree that is started in one, and by no task beside it', async () => {
    const seen: boolean[] = [];
    const child = (depth: number): void => {
      seen.push(inContext());
      wait(later(undefined));
      if (depth > 0) wait(Promise.all([spawn(child, depth - 1), spawn(child, depth - 1)]));
    };
    const beside = async (): Promise<boolean> => {
      await later(undefined);
      return inContext();
    };
    const [, before] = await Promise.all([run(child, 3), beside()]);
    expect(seen).toEqual(new Array(15).fill(true));
    expect([before, await beside()]).toEqual([false, false]);
  });

  it('leaks no store into another, and has those of its own all the time', async () => {
    const store = new AsyncLocalStorage<string>();
    const inner = async (): Promise<string | undefined> => {
      const before = store.getStore();
      store.enterWith('inner');
      await later(undefined);
      return before;
    };
    const task = (name: string) => (): void => {
      store.run(name, () => {
        expect(store.getStore()).toBe(name);
        expect(store.run('middle', () => wait(inner()))).toBe('middle');
        expect(store.getStore()).toBe(name);
        wait(later(undefined));
        expect(store.getStore()).toBe(name);
      });
    };
    await Promise.all([run(task('a')), run(task('b'))]);
    expect(store.getStore()).toBeUndefined();
  });

  it("is not there in callbacks on the event loop's stack", async () => {
    const seen: boolean[] = [];
    const note = (resolve: () => void) => (): void => {
      seen.push(inContext());
      resolve();
    };
    await run(() => {
      wait(new Promise<void>((resolve) => setTimeout(note(resolve), 1)));
      wait(new Promise<void>((resolve) => process.nextTick(note(resolve))));
      wait(new Promise<void>((resolve) => void readFile(fileURLToPath(import.meta.url)).then(note(resolve))));
      expect(inContext()).toBe(true);
    });
    expect(seen).toEqual([false, false, false]);
  });

  it('shows all frames of a recursion that waits and awaits in turns', async () => {
    const countdown = async (n: number): Promise<never> => {
      if (n === 0) throw new Error('Blastoff!');
      if (n % 2 === 0) return await countdown(n - 1);
      return wait(countdown(n - 1));
    };
    const error: Error = await run(() => wait(countdown(6))).catch((reason) => reason);
    expect(error.message).toBe('Blastoff!');
    expect(error.stack?.match(/at countdown/g)).toHaveLength(7);
  });

  it('works inside other coroutines: a generator that several contexts resume', async () => {
    function* inner(): Generator<number, string, number> {
      let sum = 0;
      for (let n = 0; n < 10; n++) {
        wait(later(undefined));
        sum += yield n;
      }
      return `sum ${sum}`;
    }
    const generator = inner();
    for (let n = 0; n < 10; n++) expect(await run(() => generator.next(n).value)).toBe(n);
    expect(await run(() => generator.next(10).value)).toBe('sum 55');
  });

  it('is left in order after an error', async () => {
    await run(() => {
      expect(() => wait(Promise.reject(new Error('foo')))).toThrow('foo');
      expect(wait(later(42))).toBe(42);
    });
  });
});

describe('magic methods', () => {
  it('may wait: constructors by a method, getters, toString(), valueOf(), iterators', async () => {
    const text = autoAwait(async () => later('text'));
    class Magic {
      readonly loaded: string;
      constructor() {
        this.loaded = text();
      }
      toString(): string {
        return text();
      }
      get lazy(): string {
        return text();
      }
      *[Symbol.iterator](): Generator<string> {
        yield text();
      }
    }
    await run(() => {
      const magic = new Magic();
      expect([magic.loaded, `${magic}`, magic.lazy, ...magic]).toEqual(['text', 'text', 'text', 'text']);
    });
  });
});

describe('async_ and await_ of greenletio', () => {
  it('are green() and wait(), with arguments, results, errors and stores', async () => {
    const store = new AsyncLocalStorage<{ count: number }>();
    const a = async (arg: number): Promise<number> => later(arg);
    const b = green((arg: number) => wait(a(arg)));
    const counted = green(() => {
      const value = store.getStore() as { count: number };
      wait(later(undefined));
      return value.count++;
    });
    const fails = green((arg: number): void => {
      wait(later(undefined));
      throw new Error(`${arg}`);
    });
    expect(await b(42)).toBe(42);
    await store.run({ count: 1 }, async () => {
      expect(await counted()).toBe(1);
      expect(await counted()).toBe(2);
      await expect(fails(42)).rejects.toThrow('42');
      expect(store.getStore()).toEqual({ count: 3 });
    });
    let sum = 0;
    const add = green((n: number) => {
      wait(later(undefined));
      sum += n;
      return sum;
    });
    expect(await Promise.all([add(1), add(2)])).toEqual([1, 3]);
    expect(() => wait(a(1))).toThrow(outside);
  });
});

describe.each(['greenback.md', 'greenletio.md'])('the table %s', (table) => {
  const rows = readFileSync(fileURLToPath(new URL(table, import.meta.url)), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  it('has cases', () => {
    expect(rows.length).toBeGreaterThan(10);
  });

  it.each(rows.map((cells) => [cells[1] as string, cells[2] as string, cells[3] as string, cells.length] as const))(
    'names the test of %s, or says why there is none',
    (_case, file, name, cells) => {
      expect(cells).toBe(5);
      expect(name).not.toBe('');
      if (file === '—') return;
      const path = fileURLToPath(new URL(`../${file}.test.ts`, import.meta.url));
      expect(existsSync(path)).toBe(true);
      const source = readFileSync(path, 'utf8');
      for (const [, quoted] of name.matchAll(/"([^"]+)"/g)) expect(source).toContain(quoted);
      expect(name).toMatch(/^"/);
    },
  );
});
