import domain from 'node:domain';

import { describe, expect, it } from 'vitest';

import { run, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';

const activeDomain = (): unknown => (process as { domain?: unknown }).domain ?? undefined;

describe('node:domain', () => {
  it('is the same before and after a wait in domain.run(), and is left meanwhile', async () => {
    const [first, second] = [domain.create(), domain.create()];
    const seen: unknown[] = [];
    const inDomain = (own: domain.Domain): Promise<void> =>
      run(() =>
        own.run(() => {
          seen.push(activeDomain() === own);
          wait(later(undefined));
          seen.push(activeDomain() === own);
        }),
      );
    const both = [inDomain(first), inDomain(second)];
    expect(activeDomain()).toBeUndefined();
    await Promise.all(both);
    expect(activeDomain()).toBeUndefined();
    expect(seen).toEqual([true, true, true, true]);
  });

  it('may be nested around a wait', async () => {
    const [outer, inner] = [domain.create(), domain.create()];
    const seen = await run(() =>
      outer.run(() => {
        const innermost = inner.run(() => [wait(later(undefined)), activeDomain() === inner]);
        return [...innermost, activeDomain() === outer];
      }),
    );
    expect(seen).toEqual([undefined, true, true]);
    expect(activeDomain()).toBeUndefined();
  });

  it('follows work that is started in it', async () => {
    const own = domain.create();
    const seen = await own.run(() =>
      run(() => {
        const before = activeDomain() === own;
        wait(later(undefined));
        return [before, activeDomain() === own];
      }),
    );
    expect(seen).toEqual([true, true]);
  });
});
