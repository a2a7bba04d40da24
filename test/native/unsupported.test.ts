import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf } from '../support/child.ts';

interface Outcome {
  value?: unknown;
  name?: string;
  code?: string;
  message?: string;
  cause?: string;
}
interface Report {
  outcomes: Record<string, Outcome>;
  kind: Outcome;
  outside: Outcome;
  inContext: boolean;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('without a working addon', () => {
  let directory: string;
  let copy: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'greenroom-'));
    copy = join(directory, 'node_modules/greenroom');
    mkdirSync(copy, { recursive: true });
    cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(root, 'node_modules/node-gyp-build'), join(directory, 'node_modules/node-gyp-build'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const use = async (env: Record<string, string | undefined>) => {
    const args = [pathToFileURL(join(copy, 'dist/index.js')).href];
    // So that the copy's build/Release is looked at.
    return (await jsonOf('native/unsupported.mjs', { args, env: { PREBUILDS_ONLY: undefined, ...env } })) as Report;
  };

  function expectUnsupported({ outcomes, kind, outside, inContext }: Report): void {
    for (const outcome of [...Object.values(outcomes), kind]) {
      expect(outcome).toMatchObject({ name: 'AddonUnsupportedError', code: 'GREEN_ERR_ADDON_UNSUPPORTED' });
      expect(outcome.message).toContain(`${process.platform} ${process.arch}, Node ${process.versions.node}`);
      expect(outcome.message).toContain('npm rebuild greenroom');
      expect(outcome.cause).toEqual(expect.any(String));
    }
    expect(outside.code).toBe('GREEN_ERR_WAIT_OUTSIDE_CONTEXT');
    expect(inContext).toBe(false);
  }

  it('can be imported, and says at every use what is missing', async () => {
    expectUnsupported(await use({}));
  });

  it('says so when the file cannot be loaded', async () => {
    const release = join(copy, 'build/Release');
    mkdirSync(release, { recursive: true });
    writeFileSync(join(release, 'greenroom.node'), 'not a library');
    expectUnsupported(await use({}));
    rmSync(join(copy, 'build'), { recursive: true });
  });

  it('refuses a GREENROOM_SWITCH that names no kind', async () => {
    const { outcomes, kind } = await use({ GREENROOM_SWITCH: 'nonsense' });
    for (const outcome of [...Object.values(outcomes), kind]) {
      expect(outcome.code).toBe('GREEN_ERR_OPT_INVALID');
      expect(outcome.message).toContain("'nonsense'");
      expect(outcome.message).toContain("'id', 'tls', 'thread'");
    }
  });
});

describe('with a working addon', () => {
  const args = [pathToFileURL(join(root, 'dist/index.js')).href];

  it.each(['id', 'tls', 'thread'])('uses the kind that GREENROOM_SWITCH names: %s', async (kind) => {
    const report = (await jsonOf('native/unsupported.mjs', { args, env: { GREENROOM_SWITCH: kind } })) as Report;
    expect(report.kind).toEqual({ value: kind });
    for (const outcome of Object.values(report.outcomes)) expect(outcome).toEqual({ value: 'ran' });
  });

  it('chooses the kind when GREENROOM_SWITCH is empty', async () => {
    const report = (await jsonOf('native/unsupported.mjs', { args, env: { GREENROOM_SWITCH: '' } })) as Report;
    expect(report.kind.value).toMatch(/^(id|tls|thread)$/);
  });
});
