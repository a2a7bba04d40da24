import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PathLocks } from '../../../src/std/fs/path-locks.ts';

const read = (key: string) => ({ key, writes: false });
const write = (key: string) => ({ key, writes: true });

describe('PathLocks', () => {
  it('lets readers in together and writers alone, first come, first served', () => {
    const locks = new PathLocks();
    const log: string[] = [];
    const enter = (name: string, claim: { key: string; writes: boolean }) => locks.enter([claim], () => log.push(name));
    const leaveFirst = [enter('r1', read('a')), enter('r2', read('a'))];
    const leaveWriter = enter('w', write('a'));
    const leaveLast = enter('r3', read('a')); // behind the writer, or that would starve
    expect(log).toEqual(['r1', 'r2']);
    for (const leave of leaveFirst) leave();
    expect(log).toEqual(['r1', 'r2', 'w']);
    leaveWriter();
    leaveWriter(); // again, it does nothing
    expect(log).toEqual(['r1', 'r2', 'w', 'r3']);
    leaveLast();
    expect(locks.size).toBe(0);
  });

  it('knows different files apart, and one that is named twice', () => {
    const locks = new PathLocks();
    let begun = 0;
    const begin = (): void => {
      begun++;
    };
    const leave = [locks.enter([read('a'), write('a')], begin), locks.enter([write('b')], begin)];
    expect(begun).toBe(2);
    expect([locks.admits([read('a')]), locks.admits([read('c')])]).toEqual([false, true]);
    for (const each of leave) each();
    expect(locks.size).toBe(0);
  });

  it('forgets a waiter that leaves, and lets in who was behind it', () => {
    const locks = new PathLocks();
    const log: string[] = [];
    const leaveReader = locks.enter([read('a')], () => log.push('r1'));
    const leaveWriter = locks.enter([write('a')], () => log.push('w'));
    const leaveLast = locks.enter([read('a')], () => log.push('r2'));
    leaveWriter();
    expect(log).toEqual(['r1', 'r2']);
    leaveReader();
    leaveLast();
    expect(locks.size).toBe(0);
  });

  it('comes to an end whatever is asked, left and given up, and lets nobody in who may not be', () => {
    const claim = fc.record({ key: fc.constantFrom('a', 'b', 'c'), writes: fc.boolean() });
    const step = fc.oneof(
      fc.record({ claims: fc.array(claim, { minLength: 1, maxLength: 3 }) }),
      fc.record({ leave: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const locks = new PathLocks();
        const inside = new Map<number, readonly { key: string; writes: boolean }[]>();
        const present: { id: number; leave: () => void }[] = [];
        const leaveNext = (index: number): void => {
          const [one] = present.splice(index % present.length, 1);
          if (one === undefined) return;
          inside.delete(one.id);
          one.leave();
        };
        let id = 0;
        for (const each of steps) {
          if ('leave' in each) leaveNext(each.leave);
          else {
            const mine = ++id;
            const { claims } = each;
            const leave = locks.enter(claims, () => {
              for (const other of inside.values()) {
                for (const a of other)
                  for (const b of claims) if (a.key === b.key) expect(a.writes || b.writes).toBe(false);
              }
              inside.set(mine, claims);
            });
            present.push({ id: mine, leave });
          }
        }
        // Those inside leave: all others must come in by that.
        while (present.length > 0) {
          const index = present.findIndex((one) => inside.has(one.id));
          expect(index).not.toBe(-1);
          leaveNext(index);
        }
        expect(locks.size).toBe(0);
      }),
    );
  });
});
