// What greenroom/std/fs consists of. What its functions do is in parity.test.ts.

import fs from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

import { run } from '../../../src/index.ts';
import greenFs, * as green from '../../../src/std/fs/index.ts';
import { createGreenFs, replacedNames } from '../../../src/std/fs/index.ts';
import { ORIGINAL } from '../../../src/std/twin.ts';
import { NODE_MAJOR } from '../../support/child.ts';

const EXPECTED = [
  'appendFileSync',
  'copyFileSync',
  'cpSync',
  'fdatasyncSync',
  'fsyncSync',
  'ftruncateSync',
  ...(NODE_MAJOR >= 22 ? ['globSync'] : []),
  'readFileSync',
  'readSync',
  'readdirSync',
  'rmSync',
  'truncateSync',
  'writeFileSync',
];

/** Left alone with `functions: 'all'`: what can be opened, read and closed is, and this is made of that. */
const LEFT = ['mkdtempDisposableSync'];

type Namespace = Record<string, unknown>;

/** The values of a namespace, without waking getters that warn. */
const keysOf = (namespace: object): string[] => Object.getOwnPropertyNames(namespace).toSorted();

describe('greenroom/std/fs', () => {
  it('says which functions of this Node it replaces, and has replaced them', () => {
    expect(replacedNames.toSorted()).toEqual(EXPECTED);
    for (const name of replacedNames) {
      const own = (fs as unknown as Namespace)[name] as object;
      const ours = (greenFs as unknown as Namespace)[name] as Record<symbol, unknown>;
      expect(typeof own).toBe('function');
      expect(ours).not.toBe(own);
      expect(ours[ORIGINAL]).toBe(own);
      expect((green as unknown as Namespace)[name]).toBe(ours);
    }
  });

  it('has everything else as it is in node:fs', () => {
    expect(keysOf(greenFs)).toEqual(keysOf(fs));
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(fs))) {
      if (replacedNames.includes(name)) continue;
      expect(Object.getOwnPropertyDescriptor(greenFs, name), name).toEqual(descriptor);
    }
    for (const name of Object.keys(fs)) if (name !== 'default') expect(green, name).toHaveProperty(name);
    expect(green.default).toBe(greenFs);
    expect(green.createReadStream).toBe(fs.createReadStream);
    expect(green.promises).toBe(fs.promises);
  });

  it('has functions that look like those they replace', () => {
    const { replaced } = createGreenFs({ functions: 'all' });
    for (const [name, { original, green: twin }] of replaced) {
      expect([twin.name, twin.length], name).toEqual([original.name, original.length]);
      expect(Object.keys(twin), name).toEqual(Object.keys(original));
      expect(promisify(twin), name).toBeTypeOf('function');
    }
  });

  it("replaces every blocking function with functions: 'all'", () => {
    const blocking = Object.keys(fs).filter(
      (name) => name.endsWith('Sync') && typeof (fs as unknown as Namespace)[name] === 'function',
    );
    const names = [...createGreenFs({ functions: 'all' }).replaced.keys()];
    expect(names.toSorted()).toEqual(blocking.filter((name) => !LEFT.includes(name)).toSorted());
  });

  it('takes sizes from which on a call suspends', async () => {
    const { namespace } = createGreenFs({ min: { readFile: 1 } });
    const file = new URL(import.meta.url);
    await run(() => expect(namespace.readFileSync(file, 'utf8')).toBe(fs.readFileSync(file, 'utf8')));
  });

  it.each<[string, object]>([
    ['functions', { functions: 'none' }],
    ['functions', { functions: null }],
    ['min', { min: 7 }],
    ['min', { min: { stat: 1 } }],
    ['min.readFile', { min: { readFile: -1 } }],
    ['min.appendFile', { min: { appendFile: '1' } }],
    ['createGreenFs() options', { all: true }],
  ])('refuses bad options: %s in %j', (name, options) => {
    const refused = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringContaining(name) });
    expect(() => createGreenFs(options as never)).toThrow(refused);
  });
});
