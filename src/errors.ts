// Every error greenroom throws on purpose. Match `error.code`, not `instanceof`:
// two copies of the package may be loaded. Codes never change within a major version.
// A server may send `message` to a client: counts and limits may stand in it,
// never a path, a host, SQL or a secret. Only errors thrown while the addon
// loads name a path. This file imports nothing.

export type GreenroomErrorCode =
  | 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT'
  | 'GREEN_ERR_WAIT_FORBIDDEN'
  | 'GREEN_ERR_WAIT_TIMEOUT'
  | 'GREEN_ERR_CANCELLED'
  | 'GREEN_ERR_POOL_FULL'
  | 'GREEN_ERR_POOL_QUEUE_TIMEOUT'
  | 'GREEN_ERR_POOL_CLOSED'
  | 'GREEN_ERR_REQUEST_TIMEOUT'
  | 'GREEN_ERR_REQUEST_NOT_GREEN'
  | 'GREEN_ERR_ROUTES_UNSEEN'
  | 'GREEN_ERR_CHUNK_INVALID'
  | 'GREEN_ERR_LOCK_MISUSE'
  | 'GREEN_ERR_SYNC_MISUSE'
  | 'GREEN_ERR_QUEUE_CLOSED'
  | 'GREEN_ERR_BARRIER_BROKEN'
  | 'GREEN_ERR_STREAM_CLOSED'
  | 'GREEN_ERR_STREAM_BUSY'
  | 'GREEN_ERR_RESPONSE_INVALID'
  | 'GREEN_ERR_BODY_TOO_LARGE'
  | 'GREEN_ERR_POOL_NO_STACK'
  | 'GREEN_ERR_OPT_INVALID'
  | 'GREEN_ERR_ADDON_UNSUPPORTED'
  | 'GREEN_ERR_HTTP_STATUS'
  | 'GREEN_ERR_HTTP_TIMEOUT'
  | 'GREEN_ERR_HTTP_CONNECT'
  | 'GREEN_ERR_HTTP_TLS'
  | 'GREEN_ERR_HTTP_PROXY'
  | 'GREEN_ERR_HTTP_TRANSPORT'
  | 'GREEN_ERR_HTTP_TOO_MANY_REDIRECTS'
  | 'GREEN_ERR_HTTP_REDIRECT'
  | 'GREEN_ERR_HTTP_BODY_NOT_REPLAYABLE'
  | 'GREEN_ERR_HTTP_BODY_TOO_LARGE'
  | 'GREEN_ERR_HTTP_BODY_CONSUMED'
  | 'GREEN_ERR_HTTP_CONTENT_ENCODING'
  | 'GREEN_ERR_HTTP_CONTENT_TYPE'
  | 'GREEN_ERR_HTTP_DECODE'
  | 'GREEN_ERR_HTTP_SCHEMA'
  | 'GREEN_ERR_HTTP_PAGINATION'
  | 'GREEN_ERR_HTTP_WEBSOCKET_HANDSHAKE'
  | 'GREEN_ERR_HTTP_WEBSOCKET_CLOSED'
  | 'GREEN_ERR_HTTP_CLOSED'
  | 'GREEN_ERR_OFFLOAD_UNSENDABLE'
  | 'GREEN_ERR_OFFLOAD_WORKER'
  | 'GREEN_ERR_OFFLOAD_FULL'
  | 'GREEN_ERR_OFFLOAD_CLOSED'
  | 'GREEN_ERR_OFFLOAD_UNAVAILABLE'
  | 'GREEN_ERR_INTERNAL';

export interface GreenroomErrorDetails {
  /** HTTP status for servers that map errors to replies, as Fastify does. */
  statusCode?: number;
  cause?: unknown;
}

export class GreenroomError extends Error {
  readonly code: GreenroomErrorCode;
  declare readonly statusCode?: number;

  constructor(code: GreenroomErrorCode, message: string, details: GreenroomErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    if (details.statusCode !== undefined) this.statusCode = details.statusCode;
  }
}

/** A call that suspends was made where there is no context to suspend. */
export class WaitOutsideContextError extends GreenroomError {
  constructor(call: string) {
    super(
      'GREEN_ERR_WAIT_OUTSIDE_CONTEXT',
      `${call} was called outside a green context, where it would have to block the event loop. ` +
        'Call it below pool.submit(), run(), spawn(), a function made by green(), or a green route of an app that has ' +
        'registered greenroom/middleware; in async code use await instead.',
      { statusCode: 500 },
    );
  }
}

/** A call that suspends was made where suspending would corrupt the process. */
export class WaitForbiddenError extends GreenroomError {
  constructor(reason: string, remedy: string) {
    super('GREEN_ERR_WAIT_FORBIDDEN', `wait() cannot suspend here: ${reason}. ${remedy}`, { statusCode: 500 });
  }
}

/** Who gave up: the client that went away, a deadline, the program itself, or a shutdown. */
export type CancelReason = 'disconnect' | 'deadline' | 'explicit' | 'shutdown';

const CANCEL_REASONS: Readonly<Record<CancelReason, string>> = {
  disconnect: 'the client has disconnected',
  deadline: 'its deadline has passed',
  explicit: 'it was cancelled',
  shutdown: 'the pool is shutting down',
};

export function assertCancelReason(reason: CancelReason): void {
  if (Object.hasOwn(CANCEL_REASONS, reason)) return;
  throw new InvalidOptionError('reason', `one of ${Object.keys(CANCEL_REASONS).join(', ')}`, reason);
}

/**
 * Thrown by the wait() of a context that is cancelled. Clean up and rethrow it: code that swallows it is told again at
 * every wait once the clean-up time is over.
 */
export class CancelledError extends GreenroomError {
  readonly reason: CancelReason;
  /** Whose cancellation this is, so that withTimeout() knows its own. */
  readonly #scope: unknown;

  constructor(reason: CancelReason, cause?: unknown, scope?: unknown) {
    super(
      'GREEN_ERR_CANCELLED',
      `This work was cancelled: ${CANCEL_REASONS[reason]}.`,
      cause === undefined ? {} : { cause },
    );
    this.reason = reason;
    this.#scope = scope;
  }

  /** @internal */
  static scopeOf(error: unknown): unknown {
    // A brand check: `instanceof` would run the traps of a proxy.
    return typeof error === 'object' && error !== null && #scope in error ? error.#scope : undefined;
  }
}

/**
 * Whether `error` is a cancellation, of this or another copy of greenroom. In a `catch` that handles errors of its own
 * work, rethrow it if so. Never suspends.
 */
export function isCancelled(error: unknown): boolean {
  try {
    return (error as { code?: unknown } | null | undefined)?.code === 'GREEN_ERR_CANCELLED';
  } catch {
    return false; // a revoked proxy, or a getter that throws
  }
}

/** A wait, or all of withTimeout(), took longer than allowed. */
export class WaitTimeoutError extends GreenroomError {
  constructor(call: string, limitMs: number, elapsedMs: number) {
    super(
      'GREEN_ERR_WAIT_TIMEOUT',
      // Node's timers are early by up to a millisecond.
      `${call} exceeded its limit of ${limitMs} ms; ${Math.ceil(elapsedMs)} ms passed.`,
      {
        statusCode: 504,
      },
    );
  }
}

/** Every worker is busy and the queue has reached its limit. */
export class PoolFullError extends GreenroomError {
  constructor(running: number, queued: number, maxWorkers: number, maxQueue: number) {
    super(
      'GREEN_ERR_POOL_FULL',
      `The pool is full: ${running} of ${maxWorkers} workers are busy and ${queued} of ${maxQueue} queue places are ` +
        'taken. Retry later, or raise maxWorkers or maxQueue.',
      { statusCode: 503 },
    );
  }
}

/** The task has waited for a worker as long as it may. It has not started. */
export class QueueTimeoutError extends GreenroomError {
  constructor(limitMs: number, active: number, queued: number, maxWorkers: number) {
    super(
      'GREEN_ERR_POOL_QUEUE_TIMEOUT',
      `No worker came free within ${Math.round(limitMs)} ms: ${active} of ${maxWorkers} workers are busy and ${queued} ` +
        'tasks are queued. Retry later, or raise maxWorkers or queueTimeout.',
      { statusCode: 503 },
    );
  }
}

/** The request has not been answered in its time. Its work has been cancelled. */
export class RequestTimeoutError extends GreenroomError {
  constructor(limitMs: number, statusCode: number, spent: { queuedMs: number; ranMs: number; waitedMs: number }) {
    const [queued, ran, waited] = [spent.queuedMs, spent.ranMs, spent.waitedMs].map(Math.round);
    super(
      'GREEN_ERR_REQUEST_TIMEOUT',
      `The request was not answered within ${limitMs} ms: it queued ${queued} ms, ran ${ran} ms and waited ${waited} ms. ` +
        'Retry later, or raise its timeout.',
      { statusCode },
    );
  }
}

/** The pool's shutdown() has been called. */
export class PoolClosedError extends GreenroomError {
  constructor() {
    super('GREEN_ERR_POOL_CLOSED', 'The pool takes no more work: its shutdown() was called.', { statusCode: 503 });
  }
}

/** `request.green` was read where no green handler or hook runs. */
export class RequestNotGreenError extends GreenroomError {
  constructor() {
    super(
      'GREEN_ERR_REQUEST_NOT_GREEN',
      'request.green is there only in green handlers and hooks. Give the route the option green, or mark the hook with ' +
        'fastify.green.hook().',
      { statusCode: 500 },
    );
  }
}

/** The plugin was registered, but every route was declared before it. */
export class RoutesUnseenError extends GreenroomError {
  constructor() {
    super(
      'GREEN_ERR_ROUTES_UNSEEN',
      'Routes were declared before greenroom was registered and none after it, so the option green has no effect on any. ' +
        'Use `await app.register(greenroom)` above the routes, or set strictRoutes: false.',
      { statusCode: 500 },
    );
  }
}

/** An iterator that is sent as a reply has given something that is neither text nor bytes. */
export class ChunkInvalidError extends GreenroomError {
  constructor(chunk: unknown) {
    super(
      'GREEN_ERR_CHUNK_INVALID',
      `A streamed reply consists of strings and Uint8Arrays; the handler's iterator gave ${describe(chunk)}. ` +
        'Convert it first, for example with JSON.stringify().',
      { statusCode: 500 },
    );
  }
}

/** A stream ended or was closed before the call was done. */
export class StreamClosedError extends GreenroomError {
  constructor(what: 'read' | 'write') {
    super(
      'GREEN_ERR_STREAM_CLOSED',
      what === 'read'
        ? 'The stream was closed before all of it had been read; if it is a request, its client has gone.'
        : 'The stream has ended or is closed, so nothing can be written; if it is a response, its client has gone.',
    );
  }
}

/** A stream is being read by somebody else. */
export class StreamBusyError extends GreenroomError {
  constructor(
    reader = 'a greenStream() that is not closed, or a "data" or "readable" listener, such as a body parser',
  ) {
    super('GREEN_ERR_STREAM_BUSY', `The stream has another reader: ${reader}. Let one read it.`, { statusCode: 500 });
  }
}

/** A fetch-style or WSGI-shaped handler has returned something that is no response. */
export class ResponseInvalidError extends GreenroomError {
  constructor(what: string, expected: string, received: unknown) {
    super('GREEN_ERR_RESPONSE_INVALID', `${what} must be ${expected}; the handler gave ${describe(received)}.`, {
      statusCode: 500,
    });
  }
}

/** More came than the limit allows. */
export class BodyTooLargeError extends GreenroomError {
  constructor(limitBytes: number) {
    super(
      'GREEN_ERR_BODY_TOO_LARGE',
      `The body has more than the ${limitBytes} bytes that are allowed. Send less, or raise limit.`,
      {
        statusCode: 413,
      },
    );
  }
}

/** A lock was released by somebody who does not hold it, or taken in a manner that can only wait for itself. */
export class LockMisuseError extends GreenroomError {
  /** @param lock - such as `Lock 'accounts'`. */
  constructor(lock: string, what: string) {
    super('GREEN_ERR_LOCK_MISUSE', `${lock}: ${what}.`, { statusCode: 500 });
  }
}

/** More was given back to one of greenroom/sync than had been taken, or a call waits for itself. */
export class SyncMisuseError extends GreenroomError {
  /** @param what - such as `Queue 'jobs'`. */
  constructor(what: string, why: string) {
    super('GREEN_ERR_SYNC_MISUSE', `${what}: ${why}.`, { statusCode: 500 });
  }
}

/** The queue takes no more items, or has none left and gets no more. */
export class QueueClosedError extends GreenroomError {
  constructor(queue: string) {
    super('GREEN_ERR_QUEUE_CLOSED', `${queue}: its shutdown() was called.`, { statusCode: 503 });
  }
}

/** Not all parties came to the barrier: one gave up, or abort() or reset() was called. */
export class BarrierBrokenError extends GreenroomError {
  constructor(barrier: string) {
    super(
      'GREEN_ERR_BARRIER_BROKEN',
      `${barrier}: not all of its parties came. Call reset() before it is used again.`,
      {
        statusCode: 500,
      },
    );
  }
}

/** The system has no memory or no thread for another context, or what is left of its limits is what V8 needs itself. */
export class NoStackError extends GreenroomError {
  constructor(contexts: number, limit: string) {
    super(
      'GREEN_ERR_POOL_NO_STACK',
      `The system has no room for another context beside ${contexts} existing ones. ` +
        `Raise ${limit}, or lower maxWorkers.`,
      { statusCode: 503 },
    );
  }
}

/** An option or argument is of the wrong type or out of its range. */
export class InvalidOptionError extends GreenroomError {
  /** Without `received` the message does not show it: for values that may be secret. */
  constructor(option: string, expected: string, ...received: [unknown?]) {
    const shown = received.length === 0 ? '' : `; received ${describe(received[0])}`;
    super('GREEN_ERR_OPT_INVALID', `${option} must be ${expected}${shown}.`, { statusCode: 500 });
  }
}

/** The native part is missing, or cannot work on this platform. */
export class AddonUnsupportedError extends GreenroomError {
  constructor(why: string, remedy: string, cause?: unknown) {
    super(
      'GREEN_ERR_ADDON_UNSUPPORTED',
      `greenroom cannot run here (${process.platform} ${process.arch}, Node ${process.versions.node}): ${why}. ${remedy}`,
      { cause },
    );
  }
}

/** A state that greenroom believes impossible. Please report it. */
export class InternalError extends GreenroomError {
  constructor(what: string) {
    super('GREEN_ERR_INTERNAL', `${what}. This is a bug in greenroom; please report it.`, { statusCode: 500 });
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `a string of ${value.length} characters` : `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}
