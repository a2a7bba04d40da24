// The functions of data-functions.ts for slow disks: of whatever size, and without a look at the disk on the loop.

import { encodingOf, optionsOf, withoutSignal } from './call-options.ts';
import { calling } from './data-functions.ts';
import { onlyIf } from './every-function.ts';
import type { FileKind } from './file-kind.ts';
import { isPath, reads, writes } from './path-key.ts';
import { withPinnedPaths } from './pinned-paths.ts';
import type { Plan, Planner } from './plan.ts';
import { readFifo } from './read-when-ready.ts';

const WRITABLE: readonly FileKind[] = ['file', 'missing'];

export function everyDataPlanners(): Readonly<Record<string, Planner>> {
  return {
    readFileSync: withPinnedPaths('readFileSync', 1, planRead),
    writeFileSync: withPinnedPaths('writeFileSync', 1, (args) => planWrite('writeFile', args)),
    appendFileSync: withPinnedPaths('appendFileSync', 1, (args) => planWrite('appendFile', args)),
    copyFileSync: withPinnedPaths('copyFileSync', 2, planCopy),
    truncateSync: withPinnedPaths('truncateSync', 1, planTruncate),
  };
}

function planRead([path, given]: readonly unknown[]): Plan | null {
  const options = optionsOf(given);
  if (options === null || !isPath(path)) return null;
  const reading = (options['flag'] ?? 'r') === 'r';
  const polls = reading && process.platform === 'linux';
  const pipe: Plan['begin'] = (done, leave) => {
    leave(); // to its writer, who may be in this process
    return readFifo(path, encodingOf(options), done);
  };
  const read = onlyIf(WRITABLE, path, calling('readFile', [path, withoutSignal(given)]), polls ? { fifo: pipe } : {});
  return { claims: reading ? reads(path) : writes(path), begin: read };
}

function planWrite(name: string, [path, data, given]: readonly unknown[]): Plan | null {
  if (!isPath(path) || (typeof data !== 'string' && !ArrayBuffer.isView(data)) || optionsOf(given) === null)
    return null;
  return { claims: writes(path), begin: onlyIf(WRITABLE, path, calling(name, [path, data, withoutSignal(given)])) };
}

function planCopy([source, target, mode]: readonly unknown[]): Plan | null {
  if (!isPath(source) || !isPath(target)) return null;
  const copy = calling('copyFile', [source, target, mode ?? 0]);
  return {
    claims: [...reads(source), ...writes(target)],
    begin: onlyIf(WRITABLE, source, onlyIf(WRITABLE, target, copy)),
  };
}

function planTruncate([path, length]: readonly unknown[]): Plan | null {
  if (!isPath(path)) return null;
  return { claims: writes(path), begin: onlyIf(['file'], path, calling('truncate', [path, length ?? 0])) };
}
