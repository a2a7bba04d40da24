import { describe, expect, it } from 'vitest';
import { jsonOf } from '../support/child.ts';

interface Depths {
  main: number;
  context: number;
  contextAfterWaiting: number;
  nestedContext: number;
  nextToSuspended: number;
  mainAfterwards: number;
}

const overflow = async (flags: string[], args: string[] = []) =>
  (await jsonOf('native/stack-overflow.mjs', { flags, args })) as Depths;

function expectLikeDepths({ main, mainAfterwards, ...contexts }: Depths): void {
  expect(mainAfterwards / main).toBeGreaterThan(0.6); // frames differ by how V8 has compiled the function by then
  for (const depth of Object.values(contexts)) expect(depth / mainAfterwards).toBeGreaterThan(0.6);
}

describe.concurrent('stack overflow', () => {
  it('is a RangeError in a context, at about the depth of the main stack, and afterwards there', async () => {
    expectLikeDepths(await overflow([]));
  });

  it('comes later with a larger --stack-size, in contexts too', async () => {
    const depths = await overflow(['--stack-size=2000']);
    expectLikeDepths(depths);
    expect(depths.context).toBeGreaterThan(1.5 * (await overflow([])).context);
  });

  it('comes earlier with a smaller one', async () => {
    expectLikeDepths(await overflow(['--stack-size=400']));
  });

  it.each([[[]], [['--stack-size=2000']]])(
    'is a RangeError in contexts of a worker thread, flags %j',
    async (flags) => {
      const { main, mainAfterwards, ...contexts } = await overflow(flags, ['worker']);
      // A worker's own stack is 4 MB. Its contexts have what --stack-size says, as those of the main thread.
      expect(mainAfterwards / main).toBeGreaterThan(0.6);
      const { context } = await overflow(flags);
      for (const depth of Object.values(contexts)) expect(depth / context).toBeGreaterThan(0.6);
    },
  );

  it('is one although v8.setFlagsFromString() has set a larger size than the contexts have', async () => {
    expectLikeDepths(await overflow([], ['set-flag']));
  });
});
