import { execFileSync, spawnSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { fixturePath } from '../support/child.ts';

const hasPrlimit = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;

const LIMITS = [
  {
    name: 'the address space',
    option: '--as=4000000000',
    remedy: 'Raise the limit of the address space (ulimit -v), or lower maxWorkers.',
  },
  {
    name: 'the data size',
    option: '--data=2500000000',
    remedy: 'Raise the limit of the data size (ulimit -d), or lower maxWorkers.',
  },
];

describe.skipIf(!hasPrlimit).each(LIMITS)('where $name is limited', ({ option, remedy }) => {
  it('submit() names the limit to raise, and the pool and the process go on with what there is', () => {
    const argv = [option, process.execPath, fixturePath('native/no-stack.mjs'), '5000'];
    const outcome = execFileSync('prlimit', argv, { encoding: 'utf8' });
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
