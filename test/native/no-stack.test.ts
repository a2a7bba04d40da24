import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { switchKind } from '../../src/index.ts';
import { fixturePath } from '../support/child.ts';

const runs = (command: string): boolean =>
  process.platform === 'linux' && spawnSync(command, ['--version']).status === 0;
const MAX_MAPS_BY_DEFAULT = 65_530;

// A limit of threads holds for users without privileges only; this one keeps the one to read files.
const AS_NOBODY_ELSE = 'setpriv --reuid=54321 --inh-caps=+dac_read_search --ambient-caps=+dac_read_search'.split(' ');

interface Limit {
  name: string;
  /** What starts Node within the limit. */
  prefix: readonly string[];
  contexts: number;
  remedy: string;
  testable?: boolean;
}

const LIMITS: readonly Limit[] = [
  {
    name: 'the address space',
    prefix: ['prlimit', '--as=4000000000'],
    contexts: 5000,
    remedy: 'Raise the limit of the address space (ulimit -v), or lower maxWorkers.',
  },
  {
    name: 'the data size',
    prefix: ['prlimit', '--data=2500000000'],
    contexts: 5000,
    remedy: 'Raise the limit of the data size (ulimit -d), or lower maxWorkers.',
  },
  {
    name: 'the number of memory maps',
    prefix: ['env'],
    contexts: 40_000,
    remedy: 'Raise vm.max_map_count (a context takes two maps), or lower maxWorkers.',
    testable: switchKind() === 'id' && maxMaps() <= MAX_MAPS_BY_DEFAULT,
  },
  {
    name: 'the number of threads',
    prefix: [...AS_NOBODY_ELSE, 'prlimit', '--nproc=200'],
    contexts: 500,
    remedy: 'Raise the limit of threads (ulimit -u, pids.max) or of memory, or lower maxWorkers.',
    testable: switchKind() === 'thread' && process.getuid?.() === 0 && runs('setpriv'),
  },
];
const testable = LIMITS.filter((limit) => limit.testable ?? true);

describe.skipIf(!runs('prlimit')).each(testable)('where $name is limited', ({ prefix, contexts, remedy }) => {
  it('submit() names the limit to raise, and the pool and the process go on with what there is', () => {
    const [command, ...argv] = [...prefix, process.execPath, fixturePath('native/no-stack.mjs'), `${contexts}`];
    const outcome = execFileSync(command as string, argv, { encoding: 'utf8' });
    expect(JSON.parse(outcome)).toEqual({
      enough: true,
      fewer: true,
      allAnswered: true,
      refusals: [
        `GREEN_ERR_POOL_NO_STACK: The system has no room for another context beside N existing ones. ${remedy}`,
      ],
      answeredAfterwards: true,
      heap: 300_000,
    });
  });
});

function maxMaps(): number {
  try {
    return Number(readFileSync('/proc/sys/vm/max_map_count', 'utf8'));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
