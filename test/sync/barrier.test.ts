import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../src/index.ts';
import { Barrier } from '../../src/sync/index.ts';
import { later, never, spawnDoomed, turns } from '../support/turns.ts';

const BROKEN = expect.objectContaining({ code: 'GREEN_ERR_BARRIER_BROKEN' });

describe('Barrier', () => {
  it('lets nobody go on before all have come, round after round', async () => {
    const log: string[] = [];
    const barrier = new Barrier(3, { action: () => log.push('action') });
    const party = (id: number) => () => {
      const indices: number[] = [];
      for (let round = 0; round < 3; round++) {
        for (let turn = 0; turn < id; turn++) wait(later(undefined));
        log.push(`${id} comes`);
        indices.push(barrier.wait());
        log.push(`${id} goes`);
      }
      return indices;
    };
    const indices = await Promise.all([0, 1, 2].map((id) => run(party(id))));
    for (const round of [0, 1, 2]) expect(indices.map((each) => each[round]).toSorted()).toEqual([0, 1, 2]);
    const rounds = log.join(' ').split('action');
    expect(rounds[0]).toBe('0 comes 1 comes 2 comes ');
    expect(log.filter((line) => line === 'action')).toHaveLength(3);
    expect(barrier.stats).toEqual({ parties: 3, waiting: 0, broken: false, trips: 3 });
  });

  it('waits for its action, and takes the next round in meanwhile', async () => {
    const log: string[] = [];
    const barrier = new Barrier(2, {
      action: async () => {
        await later(undefined);
        log.push('action');
      },
    });
    const party = (name: string) => () => {
      barrier.wait();
      log.push(name);
    };
    const tasks = ['a', 'b', 'c', 'd'].map((name) => run(party(name)));
    await Promise.all(tasks);
    expect(log.filter((line) => line === 'action')).toHaveLength(2);
    expect(log.indexOf('action')).toBe(0);
  });

  it.each<[string, (barrier: Barrier) => void]>([
    [
      'is cancelled',
      (barrier) => {
        const task = spawn(() => barrier.wait());
        task.promise.catch(() => {});
        task.cancel();
      },
    ],
    ['runs out of time', (barrier) => void run(() => barrier.wait({ timeout: 1 })).catch(() => {})],
    ['is destroyed', (barrier) => spawnDoomed(() => barrier.wait()).destroy()],
  ])('breaks for all when a party %s', async (_how, giveUp) => {
    const barrier = new Barrier(3);
    const other = run(() => barrier.wait());
    const broken = expect(other).rejects.toEqual(BROKEN);
    giveUp(barrier);
    await broken;
    expect(barrier.broken).toBe(true);
    await expect(run(() => barrier.wait())).rejects.toEqual(BROKEN);
    barrier.reset();
    expect(await Promise.all([1, 2, 3].map(() => run(() => barrier.wait())))).toEqual([0, 1, 2]);
  });

  it('does not let the last to come pass with a party that has given up and not woken up yet', async () => {
    const barrier = new Barrier(2);
    const first = spawn(() => barrier.wait());
    const outcome = Promise.allSettled([first.promise]);
    await run(() => {
      first.cancel();
      expect(() => barrier.wait()).toThrow(BROKEN);
    });
    expect(await outcome).toMatchObject([{ reason: { code: 'GREEN_ERR_CANCELLED' } }]);
    expect(barrier.stats).toMatchObject({ broken: true, waiting: 0, trips: 0 });
  });

  it('breaks when its action throws, which the last to come hears', async () => {
    const barrier = new Barrier(2, {
      action: () => {
        throw new Error('in the action');
      },
    });
    const outcomes = await Promise.allSettled([run(() => barrier.wait()), run(() => barrier.wait())]);
    expect(outcomes).toMatchObject([
      { reason: { code: 'GREEN_ERR_BARRIER_BROKEN' } },
      { reason: { message: 'in the action' } },
    ]);
    expect(barrier.stats).toMatchObject({ broken: true, trips: 0 });
  });

  it('breaks when the task that runs its action is destroyed', async () => {
    const barrier = new Barrier(2, { action: () => wait(never()) });
    const first = run(() => barrier.wait());
    const doomed = spawnDoomed(() => barrier.wait());
    doomed.destroy();
    await expect(first).rejects.toEqual(BROKEN);
    expect(barrier.broken).toBe(true);
  });

  it('is broken by abort() and emptied by reset(), from anywhere', async () => {
    const barrier = new Barrier(2, { name: 'start' });
    const first = expect(run(() => barrier.wait())).rejects.toMatchObject({
      code: 'GREEN_ERR_BARRIER_BROKEN',
      message: expect.stringContaining("Barrier 'start'"),
    });
    barrier.abort();
    await first;
    expect(barrier.broken).toBe(true);
    barrier.reset();
    const second = expect(run(() => barrier.wait())).rejects.toEqual(BROKEN);
    barrier.reset();
    await second;
    expect(barrier.stats).toMatchObject({ broken: false, waiting: 0 });
  });

  it('has a time limit of its own, which a call may replace', async () => {
    const barrier = new Barrier(2, { timeout: 1 });
    await expect(run(() => barrier.wait())).rejects.toMatchObject({ code: 'GREEN_ERR_WAIT_TIMEOUT' });
    barrier.reset();
    const patient = run(() => barrier.wait({ timeout: 60_000 }));
    await turns(5);
    await run(() => barrier.wait());
    expect(await patient).toBe(0);
  });

  it('refuses bad options', () => {
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => new Barrier(0)).toThrow(invalid);
    expect(() => new Barrier(1, { timeout: 0 })).toThrow(invalid);
    expect(() => new Barrier(1, { action: 1 as never })).toThrow(invalid);
  });
});
