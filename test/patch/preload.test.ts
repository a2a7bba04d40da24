import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { preloads } from '../../src/patch/preload.ts';
import { fixturePath, jsonOf, NODE_MAJOR } from '../support/child.ts';

const root = fixturePath('../..');
const dist = join(root, 'dist/patch/index.js');

describe('greenroom/patch as a preload', () => {
  const before = { patched: true, suspended: true };

  it.each([
    ['--import greenroom/patch', ['--import', 'greenroom/patch']],
    ['--import=greenroom/patch', ['--import=greenroom/patch']],
    ['--import with a path', ['--import', dist]],
    ['--import with a relative path', ['--import', './dist/patch/index.js']],
  ])('patches: %s', async (_flag, flags) => {
    expect(await jsonOf('patch/preloaded.mjs', { flags, cwd: root })).toEqual(before);
  });

  it.runIf(NODE_MAJOR >= 22)('patches: -r greenroom/patch', async () => {
    expect(await jsonOf('patch/preloaded.mjs', { flags: ['-r', 'greenroom/patch'], cwd: root })).toEqual(before);
  });

  it('patches: NODE_OPTIONS', async () => {
    const env = { NODE_OPTIONS: `--no-warnings --import="${dist}"` };
    expect(await jsonOf('patch/preloaded.mjs', { env, cwd: root })).toEqual(before);
  });

  it('patches the threads that inherit the flag', async () => {
    const flags = ['--import', 'greenroom/patch'];
    expect(await jsonOf('patch/preloaded.mjs', { flags, args: ['thread'], cwd: root })).toEqual(before);
  });

  it('patches nothing when it is imported by code', async () => {
    const after = { patched: false, suspended: false };
    expect(await jsonOf('patch/preloaded.mjs', { args: ['imported'], cwd: root })).toEqual(after);
  });

  const folder = mkdtempSync(join(tmpdir(), 'greenroom-preload-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('patches nothing when another module is preloaded that imports it', async () => {
    const setup = join(folder, 'setup.mjs');
    writeFileSync(setup, `import ${JSON.stringify(dist)};`);
    expect(await jsonOf('patch/preloaded.mjs', { flags: ['--import', setup] })).toEqual({
      patched: false,
      suspended: false,
    });
  });
});

describe('preloads()', () => {
  it('reads flags of every form', () => {
    const args = ['--import', 'a', '--require=b', '-r', 'c', '--max-old-space-size=100', '--import=d'];
    expect(preloads(args)).toEqual(['a', 'b', 'c', 'd']);
    expect(preloads(['--import'])).toEqual([]);
  });
});
