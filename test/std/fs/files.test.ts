// Files that several contexts use at once, and contexts that are cancelled meanwhile.

import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { run, spawn, wait, yieldNow } from '../../../src/index.ts';
import green, { createGreenFs } from '../../../src/std/fs/index.ts';
import { pathLocks } from '../../../src/std/fs/path-locks.ts';
import { runFixture } from '../../support/child.ts';

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'greenroom-fs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function linkTo(link: (from: string, to: string) => void, from: string, to: string): string {
  link(from, to);
  return to;
}

const big = (letter: string): string => letter.repeat(1_000_000);

// Holds what would write, until told: the pool being busy, so to speak.
function heldWrites(): { release: () => void; count: () => number } {
  const pending: (() => void)[] = [];
  const own = fs.writeFile;
  const spy = vi.spyOn(fs, 'writeFile').mockImplementation(((...args: unknown[]) => {
    pending.push(() => Reflect.apply(own, fs, args));
  }) as never);
  return {
    count: () => pending.length,
    release: () => {
      spy.mockRestore();
      for (const write of pending.splice(0)) write();
    },
  };
}

describe('many contexts on one file', () => {
  it('never read it half written: 20 of them, 10,000 rounds', async () => {
    const file = join(folder, 'torn.json');
    writeFileSync(file, JSON.stringify({ by: -1, filler: 'x'.repeat(4000) }));
    let reads = 0;
    const rounds = (by: number): void => {
      for (let round = 0; round < 500; round++) {
        // One in ten writes, of a length that tells a torn file from a whole one.
        if (round % 10 === by % 10)
          green.writeFileSync(file, JSON.stringify({ by, filler: 'x'.repeat(2000 + by * 300) }));
        else {
          const { by: writer, filler } = JSON.parse(green.readFileSync(file, 'utf8'));
          expect(filler.length).toBe(writer < 0 ? 4000 : 2000 + writer * 300);
          reads++;
        }
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, by) => run(() => rounds(by))));
    expect(reads).toBe(9000);
    expect(pathLocks.size).toBe(0);
  }, 120_000);

  it('never read it half copied, truncated or appended to', async () => {
    const [source, target] = [join(folder, 'source'), join(folder, 'target')];
    writeFileSync(source, big('s'));
    writeFileSync(target, big('s'));
    const lengths = new Set<number>();
    const users = [
      () => green.copyFileSync(source, target),
      () => green.appendFileSync(target, big('s')),
      () => green.truncateSync(target, 2_000_000),
      () => lengths.add(green.readFileSync(target).length),
      () => lengths.add(green.readFileSync(target, 'utf8').length),
    ];
    await Promise.all(
      users.map((use) =>
        run(() => {
          for (let round = 0; round < 20; round++) use();
        }),
      ),
    );
    for (const length of lengths) expect(length % 1_000_000).toBe(0);
    expect(pathLocks.size).toBe(0);
  });

  it.each<[string, (file: string) => string | Buffer | URL | number]>([
    ['a relative path', (file) => relative(process.cwd(), file)],
    ['bytes', (file) => Buffer.from(file)],
    ['a URL', (file) => pathToFileURL(file)],
    ['a symbolic link', (file) => linkTo(fs.symlinkSync, file, `${file}-symlink`)],
    ['a hard link', (file) => linkTo(fs.linkSync, file, `${file}-link`)],
    ['a link of its folder', (file) => join(linkTo(fs.symlinkSync, folder, `${file}-folder`), basename(file))],
    ['a descriptor', (file) => fs.openSync(file, 'r')],
  ])('never read it half written, by whatever name: %s', async (what, nameOf) => {
    const file = join(folder, `named by ${what}`);
    writeFileSync(file, big('s'));
    const name = nameOf(file);
    const held = heldWrites();
    const writer = run(() => green.writeFileSync(file, big('w')));
    const reader = spawn(() => green.readFileSync(name, 'utf8'));
    await run(() => green.copyFileSync(fileURLToPath(import.meta.url), `${file}-other`)); // the pool has had its turn
    expect(reader.state).toBe('waiting');
    held.release();
    await writer;
    expect(await reader).toBe(big('w'));
    expect(pathLocks.size).toBe(0);
    if (typeof name === 'number') fs.closeSync(name);
  });

  it('go on meanwhile, as does the event loop', async () => {
    const log: string[] = [];
    const writer = run(() => {
      green.writeFileSync(join(folder, 'slow'), big('w'));
      log.push('written');
    });
    await run(() => log.push('another context'));
    await writer;
    expect(log).toEqual(['another context', 'written']);
  });
});

describe('a context that is cancelled', () => {
  it('hears of it at once, and nobody else gets the file before its write has really ended', async () => {
    const file = join(folder, 'cancelled');
    const held = heldWrites();
    const writer = spawn(() => green.writeFileSync(file, big('w')));
    const reader = spawn(() => green.readFileSync(file, 'utf8'));
    writer.cancel();
    await expect(writer.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await later();
    expect(reader.state).not.toBe('finished');
    held.release();
    expect(await reader).toBe(big('w'));
    expect(pathLocks.size).toBe(0);
  });

  it('leaves the queue, and writes nothing', async () => {
    const file = join(folder, 'queued');
    const held = heldWrites();
    const first = spawn(() => green.writeFileSync(file, 'first'));
    const second = spawn(() => green.writeFileSync(file, 'second'));
    await later();
    expect(held.count()).toBe(1);
    second.cancel();
    await expect(second.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    held.release();
    await first;
    expect(readFileSync(file, 'utf8')).toBe('first');
    expect(pathLocks.size).toBe(0);
  });

  it('writes nothing when it was cancelled before the call', async () => {
    const file = join(folder, 'never');
    const task = spawn(() => {
      wait(later());
      task.cancel();
      green.writeFileSync(file, 'x');
    });
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await run(() => green.writeFileSync(join(folder, 'other'), 'x')); // that of the pool has had its turn
    expect(fs.existsSync(file)).toBe(false);
    expect(pathLocks.size).toBe(0);
  });

  it.each<[string, (fd: number) => [number | string, string | Buffer]]>([
    ['a descriptor', (fd) => [fd, 'text']],
    ['a buffer', () => [join(folder, 'buffer'), Buffer.from('bytes')]],
  ])('and writes with %s of its own waits for the end, then hears of it', async (_what, args) => {
    const fd = fs.openSync(join(folder, 'fd'), 'w');
    const held = heldWrites();
    const log: string[] = [];
    const writer = spawn(() => {
      try {
        green.writeFileSync(...args(fd));
        log.push('returned');
      } finally {
        log.push('left');
      }
    });
    writer.cancel();
    for (let turn = 0; turn < 5; turn++) await later();
    expect(log).toEqual([]);
    held.release();
    await expect(writer.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(log).toEqual(['left']);
    fs.closeSync(fd);
    expect(pathLocks.size).toBe(0);
  });

  it("leaves no descriptor open: functions: 'all'", async () => {
    const { namespace } = createGreenFs({ functions: 'all' });
    const open = (): number => fs.readdirSync('/proc/self/fd').length;
    if (process.platform !== 'linux') return;
    const before = open();
    const tasks = Array.from({ length: 20 }, () => spawn(() => namespace.openSync(folder, 'r')));
    for (const task of tasks) task.cancel();
    await Promise.allSettled(tasks);
    await vi.waitFor(() => expect(open()).toBe(before), { timeout: 20_000 });
  });
});

describe("functions: 'all'", () => {
  const { namespace } = createGreenFs({ functions: 'all' });

  it('minds no call that is cancelled and then fails', async () => {
    const missing = join(folder, 'none', 'x');
    for (const call of [() => namespace.opendirSync(missing), () => namespace.openSync('/dev/null', 'r')]) {
      const task = spawn((): unknown => call());
      task.cancel();
      await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
      await run(() => namespace.statSync(folder)); // those of the pool have had their turn
    }
  });
});

describe('a descriptor', () => {
  it('shows nothing of a file that is being written by its name', async () => {
    const file = join(folder, 'by-descriptor');
    writeFileSync(file, 'old');
    const held = heldWrites();
    const write = run(() => green.writeFileSync(file, big('n')));
    while (held.count() === 0) await later();
    fs.truncateSync(file); // as the write begins
    const fd = fs.openSync(file, 'r');
    const read = run(() => green.readFileSync(fd, 'utf8'));
    held.release();
    await write;
    expect(await read).toBe(big('n'));
    fs.closeSync(fd);
  });
});

describe('a relative path', () => {
  const before = process.cwd();
  afterEach(() => process.chdir(before));
  const folders = (): { a: string; b: string } => {
    const [a, b] = [fs.mkdtempSync(join(folder, 'a-')), fs.mkdtempSync(join(folder, 'b-'))];
    process.chdir(a);
    return { a, b };
  };

  it.each(['data', 'all'] as const)('means what it meant at the call: functions: %s', async (functions) => {
    const { namespace } = createGreenFs({ functions });
    const { a, b } = folders();
    const held = heldWrites();
    const first = run(() => namespace.writeFileSync('x', 'first'));
    const copy = run(() => namespace.copyFileSync('x', 'y'));
    process.chdir(b);
    held.release();
    await Promise.all([first, copy]);
    expect([readFileSync(join(a, 'x'), 'utf8'), readFileSync(join(a, 'y'), 'utf8')]).toEqual(['first', 'first']);
    expect(fs.readdirSync(b)).toEqual([]);
    expect(pathLocks.size).toBe(0);
  });

  it('means that also for what is left to the original', async () => {
    const { namespace } = createGreenFs({ functions: 'all' });
    const { b } = folders();
    writeFileSync(join(b, 'x'), 'precious');
    const truncated = run(() => namespace.truncateSync('x')); // not there, of which the original tells
    process.chdir(b);
    await expect(truncated).rejects.toMatchObject({ code: 'ENOENT', path: 'x' });
    expect(readFileSync(join(b, 'x'), 'utf8')).toBe('precious');
  });

  it('of a call that was given up is nothing that the original would be called with', async () => {
    const { namespace } = createGreenFs({ functions: 'all' });
    const { a, b } = folders();
    writeFileSync(join(a, 'x'), 'precious');
    const task = spawn(() => namespace.truncateSync('x'));
    while (pathLocks.size === 0) await later();
    process.chdir(b);
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    while (pathLocks.size > 0) await later();
    expect(readFileSync(join(a, 'x'), 'utf8')).toBe('precious');
  });

  it('means what it meant at the call where files are moved and removed: functions: all', async () => {
    const { namespace } = createGreenFs({ functions: 'all' });
    const { a, b } = folders();
    for (const each of [a, b]) for (const name of ['old', 'moved']) writeFileSync(join(each, name), each);
    const begun: (() => void)[] = [];
    for (const name of ['unlink', 'rename'] as const) {
      const own = fs[name] as (...args: unknown[]) => void;
      vi.spyOn(fs, name).mockImplementation(((...args: unknown[]) => begun.push(() => own(...args))) as never);
    }
    const calls = [run(() => namespace.unlinkSync('old')), run(() => namespace.renameSync('moved', 'new'))];
    while (begun.length < 2) await later();
    vi.restoreAllMocks();
    process.chdir(b);
    for (const begin of begun) begin();
    await Promise.all(calls);
    expect([fs.readdirSync(a), fs.readdirSync(b)]).toEqual([['new'], ['moved', 'old']]);
  });

  it('is shown as it was given by errors of what is below it', async () => {
    folders();
    fs.mkdirSync('from/in', { recursive: true });
    writeFileSync('from/in/x', '');
    fs.mkdirSync('to/in/x', { recursive: true });
    const calls = [fs.cpSync, green.cpSync].map((copy) => () => copy('from', 'to', { recursive: true }));
    const [own, ours] = await Promise.all(
      calls.map((call) => run(call).catch(({ code, message, path }) => ({ code, message, path }))),
    );
    expect(ours).toEqual(own);
  });

  it('is shown as it was given by errors', async () => {
    folders();
    const calls = [() => fs.writeFileSync('no/x', 'x'), () => green.writeFileSync('no/x', 'x')];
    const [own, ours] = await Promise.all(
      calls.map((call) => run(call).catch((error: Error) => ({ ...error, text: error.message }))),
    );
    expect(ours).toEqual(own);
    expect(ours).toMatchObject({ path: 'no/x' });
  });
});

describe('the data of a call', () => {
  it('are kept by nobody when it has ended', async () => {
    const { gc } = globalThis as { gc?: () => void };
    if (gc === undefined) throw new Error('needs --expose-gc');
    const written = async (): Promise<WeakRef<Buffer>> => {
      const data = Buffer.alloc(1_000_000);
      await run(() => green.writeFileSync(join(folder, 'data'), data));
      return new WeakRef(data);
    };
    const kept = await written();
    await vi.waitFor(() => {
      gc();
      expect(kept.deref() === undefined).toBe(true);
    });
  });
});

describe('where suspending is forbidden', () => {
  it('blocks as Node does', async () => {
    const file = join(folder, 'module.json');
    writeFileSync(file, JSON.stringify(big('m')));
    const value = await run(() => {
      const sorted = { toJSON: () => green.readFileSync(file, 'utf8').length };
      return JSON.parse(JSON.stringify([sorted]));
    });
    expect(value).toEqual([1_000_002]);
  });

  it('and below a blocking function of its own', async () => {
    const seen: string[] = [];
    await run(() => {
      fs.mkdirSync(join(folder, 'from'));
      writeFileSync(join(folder, 'from', 'a'), big('a'));
      green.cpSync(join(folder, 'from'), join(folder, 'to'), {
        recursive: true,
        filter: (path) => {
          if (fs.statSync(path).isFile()) seen.push(green.readFileSync(path, 'utf8').slice(0, 1));
          return true;
        },
      });
    });
    expect(seen).toEqual(['a']);
  });
});

describe('errors', () => {
  it('show the frames of the caller', async () => {
    function writesReport(): void {
      green.writeFileSync(join(folder, 'no', 'report'), 'x');
    }
    const error: Error = await run(writesReport).then(
      () => new Error('nothing was thrown'),
      (thrown) => thrown,
    );
    expect(error.stack?.split('\n')[1]).toContain('writesReport');
  });
});

describe('pipes', () => {
  it.each([
    ['a descriptor of a pipe', 'stdin'],
    ['readSync() of a pipe, in parts', 'parts'],
    ['a pipe that never blocks', 'nonblocking'],
    ['a named pipe without a writer', 'fifo'],
    ["a named pipe, functions: 'all'", 'fifoOfAll'],
    ['two contexts on one pipe', 'two'],
    ['a cancelled reader', 'cancelled'],
    ['process.exit() while a pipe is read', 'exit'],
  ])('%s', async (_name, which) => {
    const child = await runFixture('std/fs-pipes.mjs', { args: [which, folder] });
    expect(child.code, child.report).toBe(0);
    expect(child.stdout.trim()).toBe('ok');
  });
});

describe('a lock', () => {
  it('is free again after the errors of the arguments', async () => {
    const file = join(folder, 'errors');
    await run(() => {
      expect(() => green.writeFileSync(file, 'x', { mode: 'rw' } as never)).toThrow('mode');
      expect(() => green.writeFileSync(file, 'x', { flag: 'q' })).toThrow('flag');
      yieldNow();
      wait(later());
      green.writeFileSync(file, 'x');
    });
    expect(pathLocks.size).toBe(0);
  });
});
