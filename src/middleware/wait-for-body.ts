// The option `waitForBody`: a request takes a worker only when all of its body is there, so that a slow sender costs
// memory and no worker.

import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { BodyTooLargeError, InvalidOptionError } from '../errors.ts';
import { assertInteger, assertKnownKeys } from '../pool/index.ts';

export interface WaitForBody {
  /** The most bytes that are accepted: 0 to 2^53 - 1. Default 1,048,576. */
  limit?: number;
}

const DEFAULTS = Object.freeze({ limit: 1_048_576 });

/** The limit in bytes; null for not waiting. */
export function resolveWaitForBody(option: boolean | WaitForBody): number | null {
  if (option === false) return null;
  if (option === true) return DEFAULTS.limit;
  if (typeof option !== 'object' || option === null) {
    throw new InvalidOptionError('waitForBody', 'true, false or an object', option);
  }
  assertKnownKeys(option, DEFAULTS, 'waitForBody');
  const { limit = DEFAULTS.limit } = option;
  assertInteger('waitForBody.limit', limit, 0, Number.MAX_SAFE_INTEGER);
  return limit;
}

/**
 * Calls `start` with the body in `request.body`, now if there is none to come, else later and outside contexts; or `fail`,
 * once, if it is too large. Of a client that goes before all is there nobody hears anything.
 */
export function whenBodyIsThere(
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
  limit: number,
  start: () => unknown,
  fail: (error: unknown) => void,
): unknown {
  const announced = request.headers['content-length'];
  const refuse = (): void => {
    // The rest is not worth reading: the connection goes with the answer.
    if (!response.headersSent) response.setHeader('connection', 'close');
    fail(new BodyTooLargeError(limit));
  };
  if (request.readableEnded || request.body !== undefined) return start();
  if (announced === undefined && request.headers['transfer-encoding'] === undefined) {
    request.body = Buffer.alloc(0);
    return start();
  }
  if (Number(announced) > limit) return refuse();

  const chunks: Buffer[] = [];
  let bytes = 0;
  const stop = (): void => {
    request.off('data', onData).off('end', onEnd).off('error', stop).off('close', stop);
  };
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes <= limit) return;
    stop();
    request.pause();
    refuse();
  };
  // The event comes on the parser's behalf; what starts belongs to the request.
  const startInPlace = AsyncResource.bind(start);
  const onEnd = (): void => {
    stop();
    request.body = Buffer.concat(chunks, bytes);
    startInPlace();
  };
  request.on('data', onData).on('end', onEnd).on('error', stop).on('close', stop);
  return undefined;
}
