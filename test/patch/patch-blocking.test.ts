import childProcess, * as childProcessNames from 'node:child_process';
import crypto from 'node:crypto';
import fs, { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { run } from '../../src/index.ts';
import {
  getOriginal,
  isPatched,
  PATCH_DEFAULTS,
  type Patch,
  type PatchOptions,
  patchBlocking,
} from '../../src/patch/index.ts';
import { suspends } from '../support/turns.ts';
import { warningOf } from '../support/warnings.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'greenroom-patch-'));
const file = join(folder, 'file');
let last: Patch | null = null;
const patch = (options: PatchOptions = {}): Patch => {
  last = patchBlocking({ warnLate: false, ...options });
  return last;
};

const MODULES = { fs, child_process: childProcess, crypto, zlib, Atomics };

const snapshot = (): Map<string, PropertyDescriptor> =>
  new Map(
    Object.entries(MODULES).flatMap(([module, holder]) =>
      Object.entries(Object.getOwnPropertyDescriptors(holder)).map(([name, found]) => [`${module}.${name}`, found]),
    ),
  );

afterEach(() => last?.undo());
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

describe('patchBlocking()', () => {
  it('makes blocking functions suspend in contexts, and only there', async () => {
    const { writeFileSync: original } = fs;
    expect(await suspends(() => fs.writeFileSync(file, 'x'))).toBe(false);
    const patched = patch();
    expect(await suspends(() => fs.writeFileSync(file, 'in a context'))).toBe(true);
    expect(fs.readFileSync(file, 'utf8')).toBe('in a context');
    fs.writeFileSync(file, 'outside');
    expect(fs.readFileSync(file, 'utf8')).toBe('outside');
    expect(fs.writeFileSync).not.toBe(original);
    expect([fs.writeFileSync.name, fs.writeFileSync.length]).toEqual([original.name, original.length]);
    expect(patched.report().functions['fs.writeFileSync']).toEqual({ suspended: 1, blocked: 0 });
  });

  it('reaches every way of naming a function', async () => {
    patch();
    expect(writeFileSync).toBe(fs.writeFileSync);
    expect(childProcessNames.execSync).toBe(childProcess.execSync);
    expect(process.getBuiltinModule?.('fs').writeFileSync ?? fs.writeFileSync).toBe(fs.writeFileSync);
    expect(await suspends(() => childProcessNames.execSync('true'))).toBe(true);
    expect(await suspends(() => crypto.pbkdf2Sync('secret', 'salt', 1000, 32, 'sha256'))).toBe(true);
    expect(await suspends(() => zlib.brotliCompressSync('text'.repeat(10_000)))).toBe(true);
  });

  it('leaves errors and bad input to Node', async () => {
    const calls = [() => fs.writeFileSync(7.5, 'x'), () => fs.writeFileSync(join(folder, 'no/such'), 'x')];
    const errorOf = (fn: () => unknown): unknown => {
      try {
        return fn();
      } catch (error) {
        const { name, message, ...rest } = error as Error;
        return { name, message, ...rest };
      }
    };
    const expected = calls.map(errorOf);
    patch();
    expect(await run(() => calls.map(errorOf))).toEqual(expected);
  });

  it('counts which calls suspended and which blocked', async () => {
    const patched = patch();
    fs.writeFileSync(file, 'short');
    await run(() => {
      fs.readFileSync(file);
      fs.writeFileSync(file, Buffer.alloc(300_000));
      fs.readFileSync(file);
      expect(() => fs.readFileSync(join(folder, 'none'))).toThrow('ENOENT');
    });
    const { functions } = patched.report();
    expect(functions['fs.readFileSync']).toEqual({ suspended: 1, blocked: 2 });
    expect(functions['fs.writeFileSync']).toEqual({ suspended: 1, blocked: 0 });
  });

  it('does not count what only makes something', async () => {
    const patched = patch();
    await run(() => crypto.createSign('SHA256'));
    expect(patched.report().functions['crypto.createSign']).toEqual({ suspended: 0, blocked: 0 });
    expect(getOriginal('crypto', 'createSign')).not.toBe(crypto.createSign);
  });

  it.each<[string, object, string, () => unknown]>([
    ['fs', fs, 'existsSync', () => fs.existsSync(folder)],
    ['zlib', zlib, 'gzipSync', () => zlib.gzipSync('text')],
    ['child_process', childProcess, 'execFileSync', () => childProcess.execFileSync('true')],
  ])('calls outside contexts what others had put there before it: %s', (_module, holder, name, call) => {
    const methods = holder as Record<string, (...args: unknown[]) => unknown>;
    const own = methods[name] as (...args: unknown[]) => unknown;
    let calls = 0;
    const theirs = (...args: unknown[]): unknown => {
      calls++;
      return own(...args);
    };
    methods[name] = theirs;
    try {
      const patched = patch({ fs: { functions: 'all' } });
      call();
      expect(calls).toBe(1);
      patched.undo();
      expect(methods[name]).toBe(theirs);
    } finally {
      methods[name] = own;
      syncBuiltinESMExports();
    }
  });

  it('still makes what is a class', async () => {
    const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
    patch();
    const Sign = crypto.Sign as unknown as new (algorithm: string) => crypto.Sign;
    const signature = await run(() => {
      const signer = new Sign('SHA256');
      expect(signer).toBeInstanceOf(Sign);
      return signer.update('text').sign(privateKey);
    });
    expect(crypto.createSign('SHA256')).toBeInstanceOf(Sign);
    expect(crypto.verify('SHA256', Buffer.from('text'), publicKey, signature)).toBe(true);
  });

  it('leaves alone what it is told to', async () => {
    const patched = patch({ crypto: false, exclude: ['fs.writeFileSync'] });
    expect(isPatched('fs', 'writeFileSync')).toBe(false);
    expect(isPatched('fs', 'copyFileSync')).toBe(true);
    expect(isPatched('crypto')).toBe(false);
    expect(await suspends(() => fs.writeFileSync(file, 'x'))).toBe(false);
    expect(Object.keys(patched.report().functions)).not.toContain('crypto.pbkdf2Sync');
  });

  it("passes a module's settings on", async () => {
    patch({ fs: { functions: 'all', min: { readFile: 1 } }, zlib: false });
    fs.writeFileSync(file, 'x');
    expect(await suspends(() => fs.statSync(file))).toBe(true);
    expect(await suspends(() => fs.readFileSync(file))).toBe(true);
  });

  it('never patches what Node writes its own output with', () => {
    patch({ fs: { functions: 'all' } });
    expect(isPatched('fs', 'openSync')).toBe(true);
    expect(isPatched('fs', 'writeSync')).toBe(false);
    expect(isPatched('fs', 'writevSync')).toBe(false);
  });

  it('lets reads of code block: they may be for a stack that is being formatted', async () => {
    patch({ fs: { functions: 'all' } });
    for (const name of ['code.js', 'code.cjs', 'code.mts', 'code.js.map', 'text.txt']) {
      const path = join(folder, name);
      fs.writeFileSync(path, 'x');
      const expected = name === 'text.txt';
      expect([name, await suspends(() => fs.readFileSync(path))]).toEqual([name, expected]);
      expect([name, await suspends(() => fs.existsSync(new URL(`file://${path}`)))]).toEqual([name, expected]);
    }
  });

  it('adds to the patch in force, and warns if that is another one', async () => {
    const first = patch({ crypto: false, zlib: false });
    const { writeFileSync: patched } = fs;
    expect(patch({ crypto: false, zlib: false })).toBe(first);
    const warning = warningOf('GREEN_WARN_PATCH_AGAIN');
    expect(patch({ fs: { functions: 'all' }, child_process: false, zlib: false })).toBe(first);
    await warning;
    expect(isPatched('child_process', 'execSync')).toBe(true);
    expect(isPatched('crypto', 'pbkdf2Sync')).toBe(true);
    expect(isPatched('zlib')).toBe(false);
    expect(fs.writeFileSync).toBe(patched);
    fs.writeFileSync(file, 'x');
    expect(await suspends(() => fs.statSync(file))).toBe(true);
    first.undo();
    expect(isPatched('fs')).toBe(false);
  });

  it.each<[string, unknown]>([
    ['options', 1],
    ['options', { filesystem: true }],
    ['fs', { fs: 'all' }],
    ['createGreenFs', { fs: { speed: 1 } }],
    ['functions', { fs: { functions: 'some' } }],
    ['atomics', { atomics: 1 }],
    ['exclude', { exclude: 'fs.writeFileSync' }],
    ['exclude', { exclude: [1] }],
    ['exclude', { exclude: ['fs.writeFileSyn'] }],
    ['exclude', { exclude: ['writeFileSync'] }],
    ['exclude', { exclude: ['http.get'] }],
    ['exclude', { exclude: ['node:fs.writeFileSync'] }],
    ['exclude', { exclude: ['fs.promises.writeFile'] }],
    ['warnLate', { warnLate: null }],
  ])('refuses bad %s and patches nothing', (what, options) => {
    expect(() => patchBlocking(options as PatchOptions)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringContaining(what) }),
    );
    expect(isPatched('fs')).toBe(false);
  });

  it('patches what its defaults say', () => {
    const { functions } = patch().report();
    expect(Object.keys(PATCH_DEFAULTS)).toEqual(
      expect.arrayContaining(['fs', 'child_process', 'crypto', 'zlib', 'atomics', 'exclude', 'warnLate']),
    );
    expect(Object.keys(functions)).toEqual(
      expect.arrayContaining(['fs.copyFileSync', 'child_process.spawnSync', 'crypto.scryptSync', 'zlib.gzipSync']),
    );
    for (const left of ['fs.statSync', 'fs.openSync', 'Atomics.wait']) expect(functions).not.toHaveProperty(left);
    for (const path of Object.keys(functions)) expect(isPatched(...(path.split('.') as [string, string]))).toBe(true);
  });
});

describe('undo()', () => {
  it('puts everything back as it was', async () => {
    const before = snapshot();
    const names = await import('node:fs');
    const patched = patch({ fs: { functions: 'all' }, crypto: { sign: 'all' }, atomics: true });
    expect(Object.keys(patched.report().functions).length).toBeGreaterThan(40);
    patched.undo();
    const changed = [...snapshot()].filter(([path, { value, get, enumerable, writable, configurable }]) => {
      const was = before.get(path);
      const same = Object.is(value, was?.value) && get === was?.get && writable === was?.writable;
      return !same || enumerable !== was?.enumerable || configurable !== was?.configurable;
    });
    expect(changed).toEqual([]);
    expect(names.writeFileSync).toBe(fs.writeFileSync);
    expect(patched.report().active).toBe(false);
    patched.undo();
  });

  it('makes copies of the patched functions behave as Node’s own', async () => {
    const patched = patch();
    const { writeFileSync: copy } = fs;
    expect(await suspends(() => copy(file, 'green'))).toBe(true);
    patched.undo();
    expect(await suspends(() => copy(file, 'blocking'))).toBe(false);
    expect(fs.readFileSync(file, 'utf8')).toBe('blocking');
    const { functions } = patched.report();
    expect(functions['fs.writeFileSync']).toEqual({ suspended: 1, blocked: 0 });
  });

  it('lets calls that are under way end', async () => {
    const patched = patch();
    const done = run(() => childProcess.execSync('echo done').toString());
    patched.undo();
    expect(await done).toBe('done\n');
  });

  it('leaves in place what others have put there, and says so', async () => {
    const original = fs.copyFileSync;
    const patched = patch();
    const ours = fs.copyFileSync;
    const theirs = ((...args: Parameters<typeof ours>) => ours(...args)) as typeof ours;
    fs.copyFileSync = theirs;
    const warning = warningOf('GREEN_WARN_PATCH_OVER');
    patched.undo();
    expect((await warning).message).toContain('fs.copyFileSync was replaced');
    expect(fs.copyFileSync).toBe(theirs);
    fs.copyFileSync = original;
    syncBuiltinESMExports();
  });

  it('comes with the end of a using block', () => {
    const { execSync } = childProcess;
    {
      using patched = patch();
      expect(patched.report().active).toBe(true);
      expect(childProcess.execSync).not.toBe(execSync);
    }
    expect(childProcess.execSync).toBe(execSync);
  });
});

describe('isPatched() and getOriginal()', () => {
  it('tell what is patched, and give what was there', () => {
    const { writeFileSync: original } = fs;
    expect(isPatched('fs')).toBe(false);
    expect(getOriginal('fs', 'writeFileSync')).toBe(original);
    patch({ atomics: true });
    expect(isPatched('node:fs')).toBe(true);
    expect(isPatched('fs', 'writeFileSync')).toBe(true);
    expect(isPatched('fs', 'stat')).toBe(false);
    expect(isPatched('Atomics', 'wait')).toBe(true);
    expect(isPatched('f')).toBe(false);
    expect(getOriginal('node:fs', 'writeFileSync')).toBe(original);
    expect(getOriginal('fs', 'statSync')).toBe(fs.statSync);
    expect(getOriginal('Atomics', 'wait')).not.toBe(Atomics.wait);
    expect(() => getOriginal('fs', 'constants')).toThrow('getOriginal() name');
    expect(() => getOriginal('no-such-module', 'x')).toThrow('getOriginal() name');
  });
});

describe('a patched process', () => {
  it('reads no torn JSON while 20 contexts write it', async () => {
    patch({ fs: { min: { readFile: 0 } } });
    const path = join(folder, 'state.json');
    fs.writeFileSync(path, JSON.stringify({ by: -1, text: '' }));
    const rounds = Array.from({ length: 20 }, (_, by) =>
      run(() => {
        for (let round = 0; round < 25; round++) {
          if (by % 2 === 0) fs.writeFileSync(path, JSON.stringify({ by, text: 'x'.repeat(by * 1000 + round) }));
          else JSON.parse(fs.readFileSync(path, 'utf8'));
        }
      }),
    );
    await Promise.all(rounds);
  });
});
