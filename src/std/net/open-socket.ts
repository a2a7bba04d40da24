// How a green socket comes about: connected, or connected and shaken hands with.

import type { Socket } from 'node:net';

import { StreamClosedError } from '../../errors.ts';
import type { WaitOptions } from '../../pool/index.ts';
import { CallLimits } from '../call-limits.ts';
import { GreenSocket } from './green-socket.ts';

/** Opens a socket for the running task: `event` says that it is ready. */
export function openSocket(
  call: string,
  open: () => Socket,
  event: string,
  options: WaitOptions,
  host: string | undefined,
): GreenSocket {
  const limits = new CallLimits(call, options);
  const waiter = limits.newWaiter();
  const raw = open();
  const socket = new GreenSocket(raw, host).adopt(); // so that it is closed with a task that is destroyed here
  const onReady = (): void => waiter.fulfil(undefined);
  const onError = (error: Error): void => waiter.reject(error);
  const onClose = (): void => waiter.reject(raw.errored ?? new StreamClosedError('read'));
  raw.on(event, onReady).on('error', onError).on('close', onClose);
  let ready = false;
  try {
    limits.wait(waiter, () => raw.off(event, onReady).off('error', onError).off('close', onClose));
    ready = true;
  } finally {
    if (!ready) socket.destroy();
  }
  return socket;
}
