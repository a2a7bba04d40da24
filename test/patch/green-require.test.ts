import fs from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../src/index.ts';
import { greenRequire, type ScopeOptions } from '../../src/patch/index.ts';
import { makeTree } from '../support/tree.ts';
import { suspends } from '../support/turns.ts';

interface Store {
  readonly fs: typeof fs;
  readonly deep: { readonly fs: typeof fs; readonly data: { value: number }; readonly store: () => Store };
  save(text: string): void;
  load(): string;
  lazy(): { readonly fs: typeof fs };
  made(): typeof fs;
  count: number;
}

const tree = makeTree({
  'node_modules/store/package.json': { name: 'store', main: 'lib' },
  'node_modules/store/lib/index.js': `
    const fs = require('node:fs');
    const { writeFileSync } = require('fs');
    const file = __dirname + '/saved';
    exports.fs = fs;
    exports.save = (text) => writeFileSync(file, text);
    exports.load = () => fs.readFileSync(file, 'utf8');
    exports.lazy = () => require('./lazy');
    exports.made = () => require('module').createRequire(__filename)('fs');
    exports.count = 0;
    exports.deep = require('deep');`,
  'node_modules/modern/package.json': { name: 'modern', main: 'index.mjs' },
  'node_modules/modern/index.mjs': "export { writeFileSync as save } from 'node:fs';",
  'node_modules/store/lib/lazy.js': "exports.fs = require('fs');",
  'node_modules/deep/index.js': `
    exports.fs = require('fs');
    exports.data = require('./data.json');
    const store = require('store');
    exports.store = () => store;`,
  'node_modules/deep/data.json': { value: 1 },
  'node_modules/fails/index.js':
    "globalThis.tries = (globalThis.tries ?? 0) + 1; throw new Error('try ' + globalThis.tries);",
  'node_modules/waits/index.js': 'globalThis.waitInBody();',
  'node_modules/odd/index.js':
    "exports.call = (id) => require(id); exports.own = [require.resolve('deep'), module.loaded, module.id, module.filename, require.main === process.mainModule];",
  'app/plain.js': "exports.fs = require('fs'); exports.deep = require('deep');",
});
const from = tree.path('program.js');
const plainRequire = createRequire(from);
const load = (options: ScopeOptions = {}): Store => greenRequire<Store>('store', { from, ...options });

afterAll(() => tree[Symbol.dispose]());

describe('greenRequire()', () => {
  it('makes a package green, and nothing else', async () => {
    const { writeFileSync } = fs;
    const plain = plainRequire('store') as Store;
    const store = load();
    expect(await suspends(() => store.save('green'))).toBe(true);
    expect(await run(() => store.load())).toBe('green');
    store.save('outside');
    expect(store.load()).toBe('outside');
    expect(await suspends(() => plain.save('plain'))).toBe(false);
    expect(fs.writeFileSync).toBe(writeFileSync);
    expect(plain.fs).toBe(fs);
    expect(store).not.toBe(plain);
    expect(plainRequire('store')).toBe(plain);
  });

  it('reaches what the package requires, whenever and however it does', () => {
    const store = load();
    expect(store.fs).not.toBe(fs);
    expect(store.deep.fs).toBe(store.fs);
    expect(store.lazy().fs).toBe(store.fs);
    expect(store.made()).toBe(store.fs);
    expect(store.deep.store()).toBe(store);
    expect(store.deep.data).toEqual({ value: 1 });
    expect(Object.keys(store.fs)).toEqual(Object.keys(fs));
  });

  it('gives the same copy to the same call, and another one with other options', () => {
    const store = load();
    store.count = 5;
    expect(load()).toBe(store);
    expect(greenRequire('deep', { from })).toBe(store.deep);
    const other = load({ fs: { functions: 'all' } });
    expect(other.count).toBe(0);
    expect(other.fs.statSync).not.toBe(fs.statSync);
  });

  it('leaves packages alone that are excluded, or not included', () => {
    const plainDeep = (plainRequire('store') as Store).deep;
    for (const options of [{ exclude: ['deep'] }, { include: [] }]) {
      const store = load(options);
      expect(store.deep).toBe(plainDeep);
      expect(store.lazy().fs).not.toBe(fs);
    }
    expect(load({ include: ['deep'] }).deep.fs).not.toBe(fs);
  });

  it('leaves modules of Node alone that it is told to', () => {
    expect(load({ fs: false }).fs).toBe(fs);
  });

  it('takes paths, and modules of Node', async () => {
    const byPath = greenRequire<{ fs: typeof fs }>('./app/plain.js', { from });
    expect(byPath.fs).toBe(load().fs);
    expect(greenRequire(tree.path('app/plain'), { from: pathToFileURL(from) })).toBe(byPath);
    expect(greenRequire('./plain', { from: pathToFileURL(tree.path('app/x.js')).href })).toBe(byPath);
    expect(greenRequire('node:fs')).toBe(load().fs);
    const { execSync } = greenRequire<typeof import('node:child_process')>('child_process');
    expect(await suspends(() => execSync('true'))).toBe(true);
    expect(greenRequire('node:path')).toBe(plainRequire('path'));
  });

  it('looks from the program that was started, unless told', () => {
    expect(() => greenRequire('store')).toThrow(expect.objectContaining({ code: 'MODULE_NOT_FOUND' }));
  });

  it('gives modules what Node gives them', () => {
    const { own, call } = greenRequire<{ own: unknown[]; call: (id: unknown) => unknown }>('odd', { from });
    const filename = tree.path('node_modules/odd/index.js');
    expect(own).toEqual([tree.path('node_modules/deep/index.js'), false, filename, filename, true]);
    expect(() => call('no-such-package')).toThrow(expect.objectContaining({ code: 'MODULE_NOT_FOUND' }));
    expect(() => call(7)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
    expect(() => call('')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }));
  });

  it('forgets a module that has failed', () => {
    expect(() => greenRequire('fails', { from })).toThrow('try 1');
    expect(() => greenRequire('fails', { from })).toThrow('try 2');
  });

  it('refuses ES modules, which it could not make green', () => {
    const load = (): unknown => greenRequire('modern', { from });
    // The latter where Node cannot require() them.
    expect(load).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(?:GREEN_ERR_OPT_INVALID|ERR_REQUIRE_ESM)$/) }),
    );
  });

  it('refuses to suspend while it loads', async () => {
    const { wait } = await import('../../src/index.ts');
    Object.assign(globalThis, { waitInBody: () => wait(Promise.resolve(1)) });
    await expect(run(() => greenRequire('waits', { from }))).rejects.toMatchObject({
      code: 'GREEN_ERR_WAIT_FORBIDDEN',
    });
  });

  it('gives three contexts the same, complete module', async () => {
    const options = { from, exclude: ['nobody'] };
    const stores = await Promise.all([1, 2, 3].map(() => run(() => greenRequire<Store>('store', options))));
    expect(new Set(stores).size).toBe(1);
    expect(Object.keys(stores[0] as Store)).toHaveLength(7);
  });

  it.each<[string, unknown]>([
    ['options', { file: 'x' }],
    ['from', { from: 7 }],
    ['from', { from: new URL('http://127.0.0.1/') }],
    ['include', { include: 'deep' }],
    ['exclude', { exclude: [1] }],
    ['crypto', { crypto: 'yes' }],
  ])('refuses bad %s', (what, options) => {
    expect(() => greenRequire('store', options as ScopeOptions)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringContaining(what) }),
    );
    expect(() => greenRequire(undefined as never, { from: join(tree.folder, 'x') })).toThrow(TypeError);
  });
});
