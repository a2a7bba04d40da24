// From an exchange to the response that the caller gets: decoded and whole, or still to be read.

import { CancelledError } from '../../errors.ts';
import { contentEncodings } from '../decoding/codings.ts';
import { decodeBuffered } from '../decoding/decode-buffered.ts';
import { decodingError } from '../decoding/decoding-error.ts';
import { DecodingFailure } from '../decoding/decoding-failure.ts';
import type { BodySource } from '../exchange/body-source.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { detailsOf } from '../exchange/exchange-error.ts';
import { HttpResponse } from '../responses/http-response.ts';
import { HttpStream } from '../responses/http-stream.ts';
import type { CallSettings } from './call-settings.ts';
import type { Flow } from './drive.ts';

/** The call, which waits for what is decoded elsewhere. */
export interface Settler {
  settled<T>(value: T | PromiseLike<T>): Flow<T>;
}

/**
 * @param undecodable - what becomes of a body that is not what its content-encoding says: of a redirect nobody may want it.
 */
export function* wholeResponse(
  exchange: Exchange,
  settings: CallSettings,
  call: Settler,
  undecodable: 'fail' | 'keep-as-it-came',
): Flow<HttpResponse> {
  const body = exchange.takeBody();
  const { headers } = exchange;
  if (!settings.decompress || body.length === 0 || headers['content-encoding'] === undefined) {
    return new HttpResponse(exchange, body);
  }
  const { maxResponseBytes } = settings;
  try {
    const decoded = yield* call.settled(decodeBuffered(body, contentEncodings(headers), maxResponseBytes));
    return new HttpResponse(exchange, decoded);
  } catch (error) {
    if (!(error instanceof DecodingFailure)) throw error;
    if (undecodable === 'keep-as-it-came') return new HttpResponse(exchange, body);
    throw decodingError(error, detailsOf(exchange), maxResponseBytes);
  }
}

/** The client counts it until its connection is free again. */
export function streamedResponse(exchange: Exchange, source: BodySource, settings: CallSettings): HttpStream {
  const { decompress, maxResponseBytes, inFlight, signal } = settings;
  const response = new HttpStream(exchange, source, { decompress, maxBytes: maxResponseBytes });
  if (exchange.endedAtMs > 0) return response;
  const onAbort = (): void => source.fail(abortError(signal));
  signal?.addEventListener('abort', onAbort, { once: true });
  inFlight.begin();
  exchange.onEnded = () => {
    signal?.removeEventListener('abort', onAbort);
    inFlight.end();
  };
  return response;
}

export function abortError(signal: AbortSignal | null): CancelledError {
  return new CancelledError('explicit', signal?.reason);
}
