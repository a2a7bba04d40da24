import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';

type Then = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => unknown;
const thenable = (then: Then): PromiseLike<unknown> => ({ then }) as unknown as PromiseLike<unknown>;

/** A native promise with a `then` of its own, which `await` does not call. */
const withOwnThen = (then: Then): Promise<string> => Object.assign(Promise.resolve('its value'), { then });

const THENABLES: readonly [name: string, make: () => unknown][] = [
  ['resolves at once', () => thenable((resolve) => resolve('value'))],
  ['rejects at once', () => thenable((_, reject) => reject(new Error('reason')))],
  [
    'settles twice, at once',
    () =>
      thenable((resolve, reject) => {
        resolve('value');
        resolve('another value');
        reject(new Error('reason'));
      }),
  ],
  [
    'settles once more, later',
    () =>
      thenable((resolve, reject) => {
        resolve('value');
        setImmediate(resolve, 'late value');
        setImmediate(reject, new Error('late reason'));
      }),
  ],
  [
    'throws in then',
    () =>
      thenable(() => {
        throw new Error('in then');
      }),
  ],
  [
    'throws in then after it has resolved',
    () =>
      thenable((resolve) => {
        resolve('value');
        throw new Error('in then');
      }),
  ],
  [
    'throws in the getter of then',
    () => ({
      get then() {
        throw new Error('in the getter');
      },
    }),
  ],
  ['resolves with a thenable', () => thenable((resolve) => resolve(thenable((inner) => inner('value'))))],
  [
    'resolves with itself',
    () => {
      const promise: Promise<unknown> = later(undefined).then(() => promise);
      return promise;
    },
  ],
  ['is a native promise that settles twice in its own then', () => ownThenTwice()],
  [
    'is a native promise that throws in its own then',
    () =>
      withOwnThen(() => {
        throw new Error('in its own then');
      }),
  ],
  ['is a native promise whose own then does nothing', () => withOwnThen(() => {})],
  [
    'is a native promise whose constructor throws',
    () =>
      Object.defineProperty(Promise.resolve('its value'), 'constructor', {
        get() {
          throw new Error('in the constructor');
        },
      }),
  ],
];

function ownThenTwice(): Promise<string> {
  return withOwnThen((resolve) => {
    resolve('from its own then');
    setImmediate(resolve, 'late value');
  });
}

type Outcome = { value: unknown } | { message: string };

const failure = (error: unknown): Outcome => ({ message: (error as Error).message });

const outcomeOf = (promise: Promise<unknown>): Promise<Outcome> => promise.then((value) => ({ value }), failure);

function waitedFor(value: unknown): Outcome {
  try {
    return { value: wait(value) };
  } catch (error) {
    return failure(error);
  }
}

describe.each(THENABLES)('a thenable that %s', (_name, make) => {
  it('has the outcome in wait() that it has in await, and none of it reaches a later wait', async () => {
    const awaited = await outcomeOf((async () => await make())());
    const [waited, ...after] = await run(() => [
      waitedFor(make()),
      waitedFor(later('second')),
      waitedFor(later('third')),
    ]);
    expect(waited).toEqual(awaited);
    expect(after).toEqual([{ value: 'second' }, { value: 'third' }]);
  });

  it('has that outcome as the result of a task, too', async () => {
    const awaited = await outcomeOf((async () => await make())());
    expect(await outcomeOf(run(() => make()))).toEqual(awaited);
  });
});

describe('a promise that rejects after its wait was cancelled', () => {
  it('is no unhandled rejection, and its context is free for other work', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    let reject!: (error: unknown) => void;
    const promise = new Promise((_, onReject) => {
      reject = onReject;
    });
    const task = spawn(() => wait(promise));
    task.cancel();
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    reject(new Error('late'));
    expect(await run(() => [wait(later(1)), wait(later(2))])).toEqual([1, 2]);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
