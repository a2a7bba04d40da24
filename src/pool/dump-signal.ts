// GREENROOM_DUMP_SIGNAL=SIGUSR2 prints all contexts to stderr when that signal comes, as a Go program does on SIGQUIT.
// From the import on, and not from the first context on: unhandled, such a signal ends the process.

import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';

import { InvalidOptionError } from '../errors.ts';
import { dumpContexts } from './dump.ts';

installDumpSignal();

/** @throws `GREEN_ERR_OPT_INVALID` when the variable names no signal that can be caught. */
function installDumpSignal(): void {
  const name = process.env['GREENROOM_DUMP_SIGNAL'];
  if (!name || !isMainThread) return; // signals reach only the main thread
  if (!(name in constants.signals) || name === 'SIGKILL' || name === 'SIGSTOP') {
    throw new InvalidOptionError('GREENROOM_DUMP_SIGNAL', 'the name of a signal, such as SIGUSR2', name);
  }
  process.on(name as NodeJS.Signals, () => {
    process.stderr.write(`greenroom: ${dumpContexts()}\n`);
  });
}
