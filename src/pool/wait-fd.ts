// waitFd(): what gevent.socket.wait_read() and wait_write() are, for descriptors that Node has no stream for: of native
// addons, database drivers, inherited pipes.

import { constants } from 'node:os';

import { CancelledError, InvalidOptionError } from '../errors.ts';
import { loadBinding } from './binding.ts';
import { systemError } from './system-error.ts';
import { assertLimits, newWaiter, type WaitOptions, waitWithin } from './wait.ts';

export type FdReadiness = 'read' | 'write';

const MAX_FD = 2_147_483_647;

/**
 * Returns when `fd` can be read or written without blocking, or has an error or an end of file to report. Reads and
 * writes nothing itself.
 *
 * Suspends the current green context, always. It polls a duplicate of `fd`, so any number of contexts may wait for one
 * descriptor, a socket of Node's own too, and closing `fd` meanwhile does no harm: what is behind it stays open until the
 * wait ends. All contexts that wait for the same thing are woken, and the first one to read may leave nothing to the others.
 *
 * @param fd - a pipe, socket, terminal or other descriptor that can be polled. Regular files cannot: they are always ready.
 * @param readiness - `'read'` or `'write'`.
 * @param options - limits of this wait, as in `wait()`. Reaching one stops the polling.
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`, `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`
 *   as `wait()` does.
 * @throws `GREEN_ERR_OPT_INVALID` for bad arguments, and for a descriptor that cannot be polled.
 * @throws the system's error, with `code` `'EBADF'` for a closed descriptor, `'EMFILE'` when no more may be open.
 * @example
 * ```ts
 * import { readSync } from 'node:fs';
 * import { run, waitFd } from 'greenroom';
 *
 * const bytes = Buffer.alloc(1024);
 * const count = await run(() => {
 *   waitFd(0, 'read', { timeout: 5000 });
 *   return readSync(0, bytes);
 * });
 * ```
 */
export function waitFd(fd: number, readiness: FdReadiness, options: WaitOptions = {}): void {
  const waiter = newWaiter('waitFd()');
  assertArguments(fd, readiness, options);
  if (options.signal?.aborted === true) throw new CancelledError('explicit', options.signal.reason);
  const binding = loadBinding();
  const watcher = binding.watchFd(fd, readiness === 'write', () => waiter.fulfil(undefined));
  if (watcher === -constants.errno.EPERM) {
    throw new InvalidOptionError('fd', 'of a kind that can be polled; a file or directory is always ready', fd);
  }
  if (watcher < 0) throw systemError(watcher, 'waitFd');
  waitWithin(waiter, 'waitFd()', options, () => binding.unwatchFd(watcher));
}

function assertArguments(fd: number, readiness: FdReadiness, options: WaitOptions): void {
  if (!(Number.isInteger(fd) && fd >= 0 && fd <= MAX_FD)) {
    throw new InvalidOptionError('fd', `an integer from 0 to ${MAX_FD}`, fd);
  }
  if (readiness !== 'read' && readiness !== 'write') {
    throw new InvalidOptionError('readiness', "'read' or 'write'", readiness);
  }
  assertLimits(options);
}
