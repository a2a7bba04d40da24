// Children whose call was cancelled, and which have been told to end and have not yet. None of them outlives that for
// long, nor this process.

import type { ChildProcess } from 'node:child_process';

const lingering = new Set<ChildProcess>();

/** Kills `child` with SIGKILL after `graceMs`, or when this process exits, should it still run, and warns of the first. */
export function killLater(child: ChildProcess, graceMs: number): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (lingering.size === 0) process.on('exit', killAll);
  lingering.add(child);
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    process.emitWarning(`Child ${child.pid} of a cancelled call did not end within ${graceMs} ms, and was killed.`, {
      code: 'GREEN_WARN_CHILD_KILLED',
    });
  }, graceMs);
  child.once('exit', () => {
    clearTimeout(timer);
    lingering.delete(child);
    if (lingering.size === 0) process.off('exit', killAll);
  });
}

function killAll(): void {
  for (const child of lingering) child.kill('SIGKILL');
}
