// What can go wrong on the way to a worker thread and back. What the offloaded code itself throws is thrown as it was.

import { GreenroomError } from '../../errors.ts';

/** A function, an argument or a result that cannot be handed from one thread to another. */
export class OffloadUnsendableError extends GreenroomError {
  constructor(what: string, remedy: string, cause?: unknown) {
    super('GREEN_ERR_OFFLOAD_UNSENDABLE', `${what}. ${remedy}`, {
      statusCode: 500,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** The thread ended in the middle: out of memory, `process.exit()`, an error outside the call. */
export class OffloadWorkerError extends GreenroomError {
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super('GREEN_ERR_OFFLOAD_WORKER', `The worker thread of an offloaded call ended: ${why}`, {
      statusCode: 500,
      cause,
    });
  }
}

/** Every thread is busy and the queue has reached its limit. */
export class OffloadFullError extends GreenroomError {
  constructor(running: number, queued: number, maxQueue: number) {
    super(
      'GREEN_ERR_OFFLOAD_FULL',
      `The offload pool is full: ${running} threads are busy and ${queued} of ${maxQueue} queue places are taken. ` +
        'Retry later, or raise maxThreads or maxQueue.',
      { statusCode: 503 },
    );
  }
}

/** The pool was closed before the call, or while it ran. */
export class OffloadClosedError extends GreenroomError {
  constructor() {
    super('GREEN_ERR_OFFLOAD_CLOSED', 'The offload pool has been closed by close().', { statusCode: 503 });
  }
}

/** piscina is not installed, or is too old. */
export class OffloadUnavailableError extends GreenroomError {
  constructor(cause: unknown) {
    super('GREEN_ERR_OFFLOAD_UNAVAILABLE', 'offload() needs the package piscina: npm install piscina@5.', {
      statusCode: 500,
      cause,
    });
  }
}
