// What greenroom/std/zlib consists of. What its functions do is in parity.test.ts.

import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ORIGINAL } from '../../../src/std/twin.ts';
import greenZlib, * as green from '../../../src/std/zlib/index.ts';
import { createGreenZlib, GREEN_ZLIB_DEFAULTS, replacedNames } from '../../../src/std/zlib/index.ts';
import { waitsOf } from '../waits.ts';

type Namespace = Record<string, unknown>;

describe('greenroom/std/zlib', () => {
  it('replaces every blocking function of this Node, but for those of zip archives', () => {
    const blocking = Object.keys(zlib).filter((name) => name.endsWith('Sync') && name !== 'createZipArchiveSync');
    expect(replacedNames.toSorted()).toEqual(blocking.toSorted());
    for (const name of replacedNames) {
      const own = (zlib as unknown as Namespace)[name] as { name: string; length: number };
      const ours = (greenZlib as unknown as Namespace)[name] as typeof own & Record<symbol, unknown>;
      expect(ours[ORIGINAL]).toBe(own);
      expect([ours.name, ours.length]).toEqual([own.name, own.length]);
      expect((green as unknown as Namespace)[name]).toBe(ours);
    }
  });

  it('has everything else as it is in node:zlib', () => {
    expect(Object.getOwnPropertyNames(greenZlib)).toEqual(Object.getOwnPropertyNames(zlib));
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(zlib))) {
      if (replacedNames.includes(name)) continue;
      expect(Object.getOwnPropertyDescriptor(greenZlib, name), name).toEqual(descriptor);
    }
    expect(green.createGzip).toBe(zlib.createGzip);
    expect(green.default).toBe(greenZlib);
  });
});

describe('createGreenZlib()', () => {
  it('suspends from as many bytes on as told', async () => {
    const { namespace } = createGreenZlib({ min: { gzip: 100, gunzip: 1000, brotli: 100 } });
    const [below, enough] = [Buffer.alloc(99), Buffer.alloc(100)];
    for (const call of ['gzipSync', 'deflateSync', 'deflateRawSync', 'brotliCompressSync'] as const) {
      expect((await waitsOf(() => namespace[call](below))).waits, call).toBe(0);
      expect((await waitsOf(() => namespace[call](enough))).waits, call).toBe(1);
    }
    expect((await waitsOf(() => namespace.gunzipSync(zlib.gzipSync(Buffer.alloc(999))))).waits).toBe(0);
    expect((await waitsOf(() => namespace.gunzipSync(zlib.gzipSync(Buffer.alloc(1000))))).waits).toBe(1);
  });

  it('refuses bad options', () => {
    const refused = (options: object): unknown => {
      try {
        return createGreenZlib(options);
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    for (const options of [{ chunkSize: 1 }, { min: { gzip: -1 } }, { min: { zip: 1 } }, { chunk: 1 }, { min: null }]) {
      expect(refused(options), JSON.stringify(options)).toBe('GREEN_ERR_OPT_INVALID');
    }
    expect(Object.isFrozen(GREEN_ZLIB_DEFAULTS)).toBe(true);
  });
});
