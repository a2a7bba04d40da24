import { describe, expect, it } from 'vitest';
import { NODE_MAJOR, outputOf } from '../support/child.ts';

const flagSets = [
  '', // V8's own rhythm: it finds what the stress flags, which collect earlier, keep from growing
  '--stress-compaction',
  '--gc-interval=500',
  '--stress-scavenge=50',
  '--stress-incremental-marking',
  '--single-threaded-gc',
  // Not --stress-concurrent-allocation: with it Node itself, without greenroom, now and then never exits.
];
// V8 14 (Node 26) has it no more.
if (NODE_MAJOR < 26) flagSets.push('--always-turbofan');

// Where V8 carries the stores of AsyncLocalStorage is a flag on 22, 24 and 26, and not a choice on 20.
const OTHER_STORES: Record<number, string> = {
  22: '--experimental-async-context-frame',
  24: '--no-async-context-frame',
  26: '--no-async-context-frame',
};
const otherStores = OTHER_STORES[NODE_MAJOR];
if (otherStores !== undefined) flagSets.push(`${otherStores} --stress-scavenge=50`);

describe('garbage collection', () => {
  it.each(flagSets)('keeps sixty contexts whole that wait below native frames, flags: %s', async (set) => {
    const flags = set === '' ? [] : set.split(' ');
    // Optimizing every function at once takes most of the time; and the kind thread takes a hundred times as long for a
    // switch, without being more likely to show what the collector does.
    const isSlow = set === '--always-turbofan' || process.env['GREENROOM_SWITCH'] === 'thread';
    const rounds = isSlow ? '4' : '20';
    expect(await outputOf('native/gc-stress.mjs', { flags, args: [rounds] })).toBe('done\n');
  });
});
