import { describe, expect, it } from 'vitest';

import { runFixture } from '../support/child.ts';

describe('GREENROOM_DUMP_SIGNAL', () => {
  it('prints every waiting context when the signal comes, and the program goes on', async () => {
    const { code, stdout, stderr } = await runFixture('native/dump-signal.mjs', {
      env: { GREENROOM_DUMP_SIGNAL: 'SIGUSR2' },
    });
    expect(stdout).toBe('answered,answered,answered\n');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^greenroom: 3 contexts: 0 running, 3 waiting, 0 idle\n/);
    expect(stderr).toContain('3 contexts wait for the same promise #1.');
    expect(stderr).toMatch(/pool reports; GET \/one\]:\ncontext \d+ .*GET \/one\]:\n {4}at ask /);
    expect(stderr).toMatch(/pool reports\]:\n {4}at askElsewhere /);
  });

  it('does not end a process that has had no context yet', async () => {
    const { code, stderr } = await runFixture('native/dump-signal.mjs', {
      env: { GREENROOM_DUMP_SIGNAL: 'SIGUSR2' },
      args: ['before'],
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^greenroom: 0 contexts/);
  });

  it.each(['SIGKILL', 'SIGNONE', 'USR2'])('is refused at the start when it is %s', async (signal) => {
    const { code, stderr } = await runFixture('native/dump-signal.mjs', { env: { GREENROOM_DUMP_SIGNAL: signal } });
    expect(code).toBe(1);
    expect(stderr).toContain(`GREENROOM_DUMP_SIGNAL must be the name of a signal, such as SIGUSR2`);
  });
});
