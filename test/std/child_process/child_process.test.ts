import nodeChildProcess from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../../src/index.ts';
import defaultNamespace, * as green from '../../../src/std/child_process/index.ts';
import { spawnQueue } from '../../../src/std/child_process/spawn-queue.ts';
import { outputOf } from '../../support/child.ts';
import { warningOf } from '../../support/warnings.ts';

const { createGreenChildProcess, execFileSync, execSync, replacedNames, spawnSync } = green;

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const runsStill = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

let tmp: string;
beforeEach(() => {
  tmp = mkdtempSync(join(tmpdir(), 'greenroom-child-'));
});
afterEach(() => rmSync(tmp, { recursive: true, force: true }));

/** The number that a child has written into the file. */
const pidIn = async (file: string): Promise<number> => {
  const read = (): string => (existsSync(file) ? readFileSync(file, 'latin1') : '');
  await until(() => read().endsWith('\n'));
  return Number(read());
};

describe('greenroom/std/child_process', () => {
  it('is the whole of node:child_process', () => {
    for (const name of Object.keys(nodeChildProcess)) {
      expect(Object.keys(defaultNamespace)).toContain(name);
      expect(Object.keys(green)).toContain(name);
      if (replacedNames.includes(name)) continue;
      const original: unknown = nodeChildProcess[name as keyof typeof nodeChildProcess];
      expect(defaultNamespace[name as keyof typeof defaultNamespace]).toBe(original);
      expect(green[name as keyof typeof nodeChildProcess]).toBe(original);
    }
  });

  it('replaces every blocking function of the running Node', () => {
    const blocking = Object.keys(nodeChildProcess).filter((name) => name.endsWith('Sync'));
    expect([...replacedNames].toSorted()).toEqual(blocking.toSorted());
  });

  it('says what it replaces, under the names and lengths of the originals', () => {
    const { namespace, replaced } = createGreenChildProcess();
    expect([...replaced.keys()]).toEqual(replacedNames);
    for (const [name, { original, green: twin }] of replaced) {
      expect(original).toBe(nodeChildProcess[name as 'spawnSync']);
      expect(namespace[name as 'spawnSync']).toBe(twin);
      expect(twin).not.toBe(original);
      expect([twin.name, twin.length]).toEqual([original.name, original.length]);
    }
  });

  it.each([[{ killGrace: -1 }], [{ killGrace: '1' }], [{ killGrce: 1 }]])('refuses the options %j', (options) => {
    expect(() => createGreenChildProcess(options as never)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });

  it('blocks outside a context', () => {
    let turns = 0;
    setImmediate(() => turns++);
    expect(execSync('echo x', { encoding: 'utf8' })).toBe('x\n');
    expect(turns).toBe(0);
  });

  it('blocks in a context where suspending is forbidden', async () => {
    let turns = 0;
    await run(() => {
      setImmediate(() => turns++);
      const call = (): string => execSync('echo x', { encoding: 'utf8' });
      expect(runInNewContext('call()', { call }, { timeout: 60_000 })).toBe('x\n');
      expect(turns).toBe(0);
    });
  });

  it("shows the caller's frames in every error", async () => {
    const stacks = await run(function theCaller(): (string | undefined)[] {
      const thrownBy = (call: () => unknown): string | undefined => {
        try {
          call();
        } catch (error) {
          return (error as Error).stack;
        }
        return undefined;
      };
      return [
        spawnSync('/nope').error?.stack,
        spawnSync('sleep', ['600'], { timeout: 50 }).error?.stack,
        thrownBy(() => execSync('exit 1')),
        thrownBy(() => execFileSync('/nope')),
      ];
    });
    for (const stack of stacks) {
      expect(stack).toContain('theCaller');
      expect(stack).not.toContain('src/std');
    }
  });

  it('leaves the loop to others while a child runs', async () => {
    let ticks = 0;
    const ticker = setInterval(() => ticks++, 5);
    const startedAtMs = performance.now();
    const children = Array.from({ length: 20 }, (_, index) =>
      run(() => execFileSync('sh', ['-c', `sleep 0.2; echo ${index}`])),
    );
    const told = (await Promise.all(children)).map(String);
    clearInterval(ticker);
    expect(told).toEqual(Array.from({ length: 20 }, (_, index) => `${index}\n`));
    // Blocking: four seconds, and no tick.
    expect(ticks).toBeGreaterThan(5);
    expect(performance.now() - startedAtMs).toBeLessThan(60_000);
  });

  it('lets a child and its parent talk', async () => {
    const { createServer } = await import('node:net');
    const server = createServer((socket) => socket.end('from the parent'));
    await new Promise<void>((resolve) => server.listen(join(tmp, 'socket'), resolve));
    const script = `require('net').connect(${JSON.stringify(join(tmp, 'socket'))}).pipe(process.stdout)`;
    expect(String(await run(() => execFileSync(process.execPath, ['-e', script])))).toBe('from the parent');
    server.close();
  });
});

describe('the spawn queue', () => {
  // The turn of an earlier test is over.
  beforeEach(async () => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  });

  it('forks once per turn of the loop, first come, first served', async () => {
    let turn = 0;
    let counting = true;
    const count = (): void => {
      turn++;
      if (counting) setImmediate(count);
    };
    count();
    const forks: [index: number, turn: number][] = [];
    await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        run(() => {
          spawnQueue.awaitTurn('test');
          forks.push([index, turn]);
        }),
      ),
    );
    counting = false;
    expect(forks.map(([index]) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(forks.map(([, at]) => at)).size).toBe(6);
  });

  it('is left by who is cancelled, and starts nothing for it', async () => {
    const file = join(tmp, 'started');
    const first = spawn(() => spawnSync('true'));
    const second = spawn(() => execSync(`touch ${file}`));
    const third = spawn(() => execSync('echo third'));
    expect(spawnQueue.waiting).toBe(2);
    second.cancel();
    await expect(Promise.resolve(second)).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(String(await third)).toBe('third\n');
    await first;
    expect(existsSync(file)).toBe(false);
    expect(spawnQueue.waiting).toBe(0);
  });

  it('feeds the child what the buffer held at the call', async () => {
    const input = Buffer.from('first');
    const others = run(() => green.execFileSync('true'));
    const fed = run(() => green.execFileSync('cat', { input, encoding: 'utf8' }));
    input.fill('x');
    expect(await fed).toBe('first');
    await others;
  });

  it('keeps directory and environment of the call', async () => {
    const before = process.cwd();
    const first = spawn(() => spawnSync('true'));
    const second = spawn(() => execSync('pwd; echo $GREENROOM_TEST', { encoding: 'utf8' }));
    const third = spawn(() => execSync('pwd', { encoding: 'utf8', cwd: 'src' }));
    process.chdir(tmp);
    process.env['GREENROOM_TEST'] = 'later';
    try {
      expect(await second).toBe(`${before}\n\n`);
      expect(await third).toBe(`${join(before, 'src')}\n`);
      await first;
    } finally {
      process.chdir(before);
      delete process.env['GREENROOM_TEST'];
    }
  });
});

describe('a call whose context is cancelled', () => {
  it('throws at once, and kills the child', async () => {
    const file = join(tmp, 'pid');
    const task = spawn(() => execFileSync('/bin/sh', ['-c', `echo $$ > ${file}; exec sleep 600`]));
    const pid = await pidIn(file);
    task.cancel();
    await expect(Promise.resolve(task)).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await until(() => !runsStill(pid));
  });

  it('sends the signal it was told to', async () => {
    const file = join(tmp, 'pid');
    const told = join(tmp, 'told');
    const script = `trap 'echo INT > ${told}; exit' INT; echo $$ > ${file}; while :; do sleep 0.05; done`;
    const task = spawn(() => spawnSync('/bin/sh', ['-c', script], { killSignal: 'SIGINT' }));
    const pid = await pidIn(file);
    task.cancel();
    await expect(Promise.resolve(task)).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await until(() => !runsStill(pid));
    expect(readFileSync(told, 'latin1')).toBe('INT\n');
  });

  it('kills a child that does not heed the signal after a while, and says so', async () => {
    const file = join(tmp, 'pid');
    const listeners = process.listenerCount('exit');
    const { namespace } = createGreenChildProcess({ killGrace: 50 });
    const script = `trap '' TERM PIPE; echo $$ > ${file}; while :; do sleep 0.05; done`;
    const task = spawn(() => namespace.spawnSync('/bin/sh', ['-c', script]));
    const pid = await pidIn(file);
    const warned = warningOf('GREEN_WARN_CHILD_KILLED', String(pid));
    task.cancel();
    await expect(Promise.resolve(task)).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect((await warned).message).toContain('50 ms');
    await until(() => !runsStill(pid));
    expect(process.listenerCount('exit')).toBe(listeners);
  });

  it('runs a child to clean up', async () => {
    const file = join(tmp, 'started');
    const task = spawn(() => {
      try {
        wait(new Promise(() => {}));
      } finally {
        execSync(`touch ${file}`);
      }
    });
    task.cancel();
    await expect(Promise.resolve(task)).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(existsSync(file)).toBe(true);
  });

  it('starts nothing when it was cancelled before', async () => {
    const file = join(tmp, 'started');
    const task = spawn(() => {
      wait(new Promise((resolve) => setImmediate(resolve)));
      task.cancel();
      execSync(`touch ${file}`);
    });
    await expect(Promise.resolve(task)).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(existsSync(file)).toBe(false);
  });

  it('leaves no child behind when this process exits meanwhile', async () => {
    const file = join(tmp, 'pid');
    await outputOf('../std/child_process/exit-while-lingering.mjs', { args: [file] });
    const pid = await pidIn(file);
    await until(() => !runsStill(pid));
  });
});
