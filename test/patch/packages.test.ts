// Packages as their authors published them, that know nothing of contexts.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fixturePath, jsonOf } from '../support/child.ts';

const NAMES = ['cross-spawn', 'execa', 'fs-extra', 'jsonwebtoken', 'shelljs', 'sync-request', 'synckit'];
const FOLDERS = [fixturePath('../..'), process.env['GREENROOM_PATCH_DEPS'] ?? ''];

/** Where all of them are installed; undefined where they are not. */
const folder = FOLDERS.find((each) => NAMES.every((name) => existsSync(join(each, 'node_modules', name))));

interface Found {
  results: unknown[];
  turns: number;
  untouched: boolean;
}

const RESULTS: Readonly<Record<string, unknown>> = {
  'cross-spawn': 'done\n',
  execa: 'done',
  shelljs: 'done\n',
  'fs-extra': [2_000_000, true, false],
  jsonwebtoken: [true, 1],
  'sync-request': 'answered',
  synckit: true,
};

describe.runIf(folder !== undefined)('unmodified packages', () => {
  const use = (name: string, mode: string): Promise<Found> =>
    jsonOf('patch/packages.mjs', { args: [name, mode, folder as string], flags: ['--no-warnings'] }) as Promise<Found>;
  const expected = (name: string): unknown[] => Array.from({ length: 4 }, () => RESULTS[name]);

  it.each(NAMES)('%s leaves the event loop to others in a patched process', async (name) => {
    const { results, turns } = await use(name, 'patched');
    expect(results).toEqual(expected(name));
    expect(turns).toBeGreaterThan(0);
  });

  // synckit waits with Atomics.wait(), which is no module's.
  it.each(NAMES.filter((name) => name !== 'synckit'))('%s does so when it alone is made green', async (name) => {
    const { results, turns, untouched } = await use(name, 'scoped');
    expect(results).toEqual(expected(name));
    expect(turns).toBeGreaterThan(0);
    expect(untouched).toBe(true);
  });

  it('hold the event loop without', async () => {
    const { results, turns } = await use('cross-spawn', 'plain');
    expect(results).toEqual(expected('cross-spawn'));
    expect(turns).toBe(0);
  });
});
