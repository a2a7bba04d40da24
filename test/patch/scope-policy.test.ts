import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { packageOf, ScopePolicy } from '../../src/patch/scope-policy.ts';

describe('packageOf()', () => {
  it.each([
    ['/app/node_modules/a/index.js', 'a'],
    ['/app/node_modules/@s/b/lib/index.js', '@s/b'],
    ['/app/node_modules/a/node_modules/c/index.js', 'c'],
    ['/app/node_modules/.pnpm/a@1/node_modules/a/index.js', 'a'],
    ['/app/src/index.js', ''],
  ])('%s is of %j', (filename, name) => {
    expect(packageOf(filename)).toBe(name);
  });
});

describe('ScopePolicy', () => {
  const copied = (policy: ScopePolicy): string[] =>
    ['/app/server.js', '/app/node_modules/a/a.js', '/app/node_modules/b/b.js'].filter((file) => policy.copies(file));

  it('copies everything that is reached', () => {
    expect(copied(new ScopePolicy(undefined, []))).toHaveLength(3);
  });

  it('copies what is included only, and what was asked for', () => {
    const policy = new ScopePolicy(['b'], []);
    expect(copied(policy)).toEqual(['/app/node_modules/b/b.js']);
    policy.enter('/app/node_modules/a/x.js');
    expect(copied(policy)).toEqual(['/app/node_modules/a/a.js', '/app/node_modules/b/b.js']);
  });

  it('leaves what is excluded', () => {
    expect(copied(new ScopePolicy(undefined, ['a']))).toEqual(['/app/server.js', '/app/node_modules/b/b.js']);
  });

  it('never copies addons, nor greenroom', () => {
    const policy = new ScopePolicy(undefined, []);
    expect(policy.copies('/app/node_modules/a/build/Release/a.node')).toBe(false);
    expect(policy.copies(fileURLToPath(new URL('../../src/pool/wait.ts', import.meta.url)))).toBe(false);
  });
});
