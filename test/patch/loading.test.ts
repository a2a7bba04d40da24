import { describe, expect, it } from 'vitest';

import { jsonOf, outputOf } from '../support/child.ts';
import { makeTree } from '../support/tree.ts';

const padding = `// ${'x'.repeat(300_000)}\n`;
const data = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`key${n}`, n]));

describe('loading of modules in a patched process', () => {
  it('gives nobody half of a module: require(), require() of ES modules, import()', async () => {
    using tree = makeTree({
      'top.cjs': `${padding}const fs = require('fs');
        fs.writeFileSync(__dirname + '/written', 'x'.repeat(1000));
        fs.statSync(__dirname);
        const middle = require('./middle.cjs');
        exports.data = require('./data.json');
        exports.written = fs.readFileSync(__dirname + '/written').length;
        exports.sum = () => middle.a + require('./lazy.cjs').b;
        exports.top = 'complete';`,
      'middle.cjs': `${padding}const top = require('./top.cjs'); exports.a = 1; exports.top = () => top;`,
      'lazy.cjs': `${padding}require('fs').existsSync(__filename); exports.b = 2;`,
      'data.json': data,
      'required.mjs': `${padding}import { c } from './inner.mjs'; import fs from 'node:fs';
        fs.statSync(new URL('.', import.meta.url)); export const all = () => [c, d]; export const d = 4;`,
      'top.mjs': `${padding}import { c } from './inner.mjs'; import cjs from './middle.cjs';
        export const all = () => [c, cjs.a, cjs.top().top];`,
      'inner.mjs': `${padding}import { readFileSync } from 'node:fs'; readFileSync(new URL(import.meta.url)); export const c = 3;`,
      'imported.json': data,
    });
    const found = (await jsonOf('patch/loading.mjs', { args: [tree.folder] })) as Record<string, unknown>;
    const thrice = (value: unknown): unknown[] => [value, value, value];
    expect(found).toEqual({
      required: thrice(['complete', 3, 20_000, 1000]),
      requiredEsm: found['requiredEsm'] === null ? null : thrice([3, 4]),
      imported: thrice([3, 1, 'complete']),
      json: thrice(20_000),
      suspended: [],
      blocked: expect.arrayContaining(['fs.readFileSync', 'fs.writeFileSync']),
    });
  });

  it('names the modules that had taken copies before', async () => {
    using tree = makeTree({
      'node_modules/early/index.js': "const { execSync } = require('child_process'); exports.early = execSync;",
      'node_modules/clean/index.js': "const fs = require('fs'); exports.clean = () => fs.readFileSync(__filename);",
    });
    const output = await outputOf('patch/late.mjs', { args: [tree.folder], flags: ['--no-warnings'] });
    const [warning, report, off] = JSON.parse(output);
    expect(warning).toEqual({
      message: expect.stringContaining('1 loaded module has taken'),
      code: 'GREEN_WARN_PATCH_LATE',
      detail: 'early/index.js',
    });
    expect(report).toEqual(['early/index.js']);
    expect(off).toEqual([]);
  });

  it('lets nobody else run while the process exits', async () => {
    expect(await outputOf('patch/exiting.mjs')).toBe('written\n');
  });

  it('survives green calls in a vm with a timeout, and in Error.prepareStackTrace', async () => {
    expect(await outputOf('patch/regions.mjs')).toBe('vm 3\nstack 3\n');
  });
});
