import { open, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, expectTypeOf, it } from 'vitest';

import { asyncContext, run, spawn, wait } from '../../src/index.ts';
import { later, never, spawnDoomed, turns } from '../support/turns.ts';

class Connection implements AsyncDisposable {
  readonly log: string[];
  readonly #end: () => Promise<unknown>;

  constructor(log: string[] = [], end: () => Promise<unknown> = () => later(undefined)) {
    this.log = log;
    this.#end = end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.log.push('closing');
    await this.#end();
    this.log.push('closed');
  }
}

/** What became of a block, with await using and ours. */
async function native(make: () => AsyncDisposable, body: () => void): Promise<unknown> {
  try {
    await using _resource = make();
    body();
    return 'passed';
  } catch (error) {
    return summary(error);
  }
}

function ours(make: () => AsyncDisposable, body: () => void): unknown {
  try {
    using _held = asyncContext(make());
    body();
    return 'passed';
  } catch (error) {
    return summary(error);
  }
}

function summary(error: unknown): unknown {
  const { name, message, error: last, suppressed } = error as SuppressedError;
  return name === 'SuppressedError' ? [name, summary(last), summary(suppressed)] : [name, message];
}

const failing = (): never => {
  throw new RangeError('in the block');
};
const refuse = async (): Promise<never> => {
  await later(undefined);
  throw new SyntaxError('in the disposal');
};

describe('asyncContext', () => {
  it('disposes of the resource at the end of a using block, and waits for that', async () => {
    const log: string[] = [];
    await run(() => {
      {
        using held = asyncContext(new Connection(log));
        expectTypeOf(held.resource).toEqualTypeOf<Connection>();
        held.resource.log.push('used');
      }
      log.push('goes on');
    });
    expect(log).toEqual(['used', 'closing', 'closed', 'goes on']);
  });

  it.each<[string, () => AsyncDisposable, () => void]>([
    ['all goes well', () => new Connection(), () => {}],
    ['the block throws', () => new Connection(), failing],
    ['the disposal throws', () => new Connection([], refuse), () => {}],
    ['both throw', () => new Connection([], refuse), failing],
    ['the disposal throws at once', () => ({ [Symbol.asyncDispose]: failing }), () => {}],
    ['the disposal gives no promise', () => ({ [Symbol.asyncDispose]: () => 1 }) as never, () => {}],
    ['there is only a Symbol.dispose', () => ({ [Symbol.dispose]: () => never() }) as never, () => {}],
    ['there is no resource', () => null as never, () => {}],
  ])('does as await using when %s', async (_what, make, body) => {
    expect(await run(() => ours(make, body))).toEqual(await native(make, body));
  });

  it('looks the method up at the start', async () => {
    const log: string[] = [];
    await run(() => {
      const connection = new Connection(log);
      using _held = asyncContext(connection);
      Object.defineProperty(connection, Symbol.asyncDispose, { value: failing });
    });
    expect(log).toEqual(['closing', 'closed']);
  });

  it('waits for the promise of a resource', async () => {
    const path = join(tmpdir(), `greenroom-async-context-${process.pid}`);
    await writeFile(path, 'text');
    const handle = await run(() => {
      using file = asyncContext(open(path));
      expect(wait(file.resource.readFile('utf8'))).toBe('text');
      return file.resource;
    });
    expect(handle.fd).toBe(-1);
    await rm(path);
    await expect(run(() => asyncContext(Promise.reject<Connection>(new Error('refused'))))).rejects.toThrow('refused');
  });

  it("closes Node's own resources", async () => {
    const server = createServer();
    await run(() => {
      using held = asyncContext(server);
      wait(new Promise<void>((resolve) => held.resource.listen(0, '127.0.0.1', resolve)));
      expect(server.listening).toBe(true);
    });
    expect(server.listening).toBe(false);
  });

  it('runs when its task is cancelled, and is not torn by a cancellation', async () => {
    const log: string[] = [];
    const inBlock = spawn(() => {
      using _held = asyncContext(new Connection(log));
      wait(never());
    });
    inBlock.cancel();
    await expect(inBlock.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(log).toEqual(['closing', 'closed']);

    const inDisposal = spawn(() => {
      {
        using _held = asyncContext(new Connection(log));
      }
      log.push('goes on');
      wait(later(undefined));
      log.push('not reached');
    });
    expect(log.splice(0)).toEqual(['closing', 'closed', 'closing']);
    inDisposal.cancel();
    await expect(inDisposal.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(log).toEqual(['closed', 'goes on']);
  });

  it('disposes of a resource that comes when nobody waits for it any more', async () => {
    const log: string[] = [];
    let arrive = (_: Connection): void => {};
    const task = spawn(() => asyncContext(new Promise<Connection>((resolve) => (arrive = resolve))));
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    arrive(new Connection(log));
    await later(undefined);
    await later(undefined);
    expect(log).toEqual(['closing', 'closed']);
  });

  it('disposes of a resource that comes when its task has been destroyed', async () => {
    const log: string[] = [];
    let arrive = (_: Connection): void => {};
    const doomed = spawnDoomed(() => asyncContext(new Promise<Connection>((resolve) => (arrive = resolve))));
    doomed.destroy();
    arrive(new Connection(log));
    await turns();
    expect(log).toEqual(['closing', 'closed']);
  });

  it('disposes once', async () => {
    const log: string[] = [];
    await run(() => {
      using held = asyncContext(new Connection(log));
      held[Symbol.dispose]();
    });
    expect(log).toEqual(['closing', 'closed']);
  });

  it('is refused outside a context, where a disposal begins nevertheless', async () => {
    const log: string[] = [];
    const outside = expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' });
    expect(() => asyncContext(new Connection(log))).toThrow(outside);
    expect(log).toEqual([]);
    const held = await run(() => asyncContext(new Connection(log, refuse)));
    expect(() => held[Symbol.dispose]()).toThrow(outside);
    expect(log).toEqual(['closing']);
  });

  it('refuses what cannot be disposed of', async () => {
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    await run(() => {
      for (const bad of [
        {},
        1,
        'text',
        { [Symbol.asyncDispose]: 1 },
        { [Symbol.asyncDispose]: 1, [Symbol.dispose]() {} },
      ]) {
        expect(() => asyncContext(bad as never)).toThrow(invalid);
      }
    });
  });
});
