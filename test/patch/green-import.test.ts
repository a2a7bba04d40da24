import { describe, expect, it } from 'vitest';

import { jsonOf } from '../support/child.ts';
import { makeTree } from '../support/tree.ts';

// Without a flag, and with all of its formats, from 22.18 on.
const STRIPS_TYPES = (process.features as { typescript?: unknown }).typescript === 'strip';

const module = (name: string): object => ({ name, type: 'module', exports: './index.js' });

describe('greenImport()', () => {
  it('makes a package of ES modules green, with all that it imports and requires, and nothing else', async () => {
    using tree = makeTree({
      'node_modules/esm/package.json': module('esm'),
      'node_modules/esm/data.json': { value: 1 },
      'node_modules/esm/index.js': `
        import { Buffer } from 'node:buffer';
        import defaultFs, { readFileSync, writeFileSync, statSync } from 'fs';
        import * as allFs from 'node:fs';
        import { createRequire } from 'node:module';
        import path from 'node:path';
        import cjs, { save as saveByImport } from 'cjs';
        import inner from 'inner';
        const require = createRequire(import.meta.url);
        const file = new URL('./saved', import.meta.url);
        export const save = (text) => writeFileSync(file, text);
        export const saveByRequire = (text) => require('node:fs').writeFileSync(file, text);
        export const lazy = () => import('./lazy.js');
        export const data = require('./data.json').value;
        export const names = [readFileSync === defaultFs.readFileSync, writeFileSync === allFs.writeFileSync,
          statSync === defaultFs.statSync, saveByImport === cjs.save, require('cjs') === cjs, Buffer.name];
        export { cjs, inner, path, defaultFs as fs };`,
      'node_modules/esm/lazy.js': `
        import { save } from 'cjs';
        export { default as inner } from 'inner';
        export { save };
        export const url = import.meta.url;`,
      'node_modules/inner/package.json': module('inner'),
      'node_modules/inner/index.js': 'export default { inner: true };',
      'node_modules/cjs/index.js': `
        const { writeFileSync } = require('fs');
        exports.save = () => writeFileSync(__dirname + '/saved', 'x');
        exports.inner = require('./lib/part').part;
        Object.assign(exports, { 'odd name': 1, default: 2 });
        exports[['late', 'Name'].join('')] = 3;`,
      'node_modules/cjs/lib/part.js':
        "exports.part = require('fs') === process.getBuiltinModule?.('fs') ? 'plain' : 'own';",
      'node_modules/big/package.json': module('big'),
      'node_modules/big/index.js': `// ${'x'.repeat(300_000)}
        import { part } from './part.js'; export const all = () => [part, own]; export const own = 1;`,
      'node_modules/big/part.js':
        "import { writeFileSync } from 'node:fs'; writeFileSync(new URL('./x', import.meta.url), ''); export const part = 2;",
      'node_modules/fails/index.js': "throw new Error('fails at once');",
    });
    expect(await jsonOf('patch/importing.mjs', { args: [tree.folder] })).toEqual({
      green: [true, true, true],
      plain: [false, true],
      same: [true, true, true],
      other: [true, true, true],
      builtins: [[true, true, true, true, true, 'Buffer'], true, true],
      named: [expect.arrayContaining(['default', 'inner', 'lateName', 'odd name', 'save']), 1, 1, 3],
      inner: [{ inner: true }, true, true, 1],
      three: [
        [2, 1],
        [2, 1],
        [2, 1],
      ],
      excluded: [true, true, true],
      entryOnly: ['own', true],
      builtin: true,
      failures: ['ERR_MODULE_NOT_FOUND', 'fails at once', 'GREEN_ERR_OPT_INVALID', 'GREEN_ERR_OPT_INVALID'],
    });
  });

  it.runIf(STRIPS_TYPES)('takes TypeScript, where Node does', async () => {
    using tree = makeTree({
      'own.mts': `
        import fs from 'node:fs';
        import part from './part.cts';
        export const own: unknown[] = [fs, part.fs];`,
      'part.cts': "module.exports = { fs: require('node:fs') as unknown };",
    });
    expect(await jsonOf('patch/typescript.mjs', { args: [tree.folder] })).toEqual([true, true]);
  });
});
