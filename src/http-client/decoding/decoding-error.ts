// What the client throws for a body that could not be decoded.

import type { HttpErrorDetails } from '../http-errors.ts';
import { HttpBodyTooLargeError, HttpContentEncodingError } from '../responses/response-errors.ts';
import { DecodingFailure } from './decoding-failure.ts';

/** The HttpError for what decodeBuffered() has thrown; anything else as it is. */
export function decodingError(error: unknown, details: HttpErrorDetails, maxBytes: number): unknown {
  if (!(error instanceof DecodingFailure)) return error;
  if (error.kind === 'too-large') return new HttpBodyTooLargeError(details, maxBytes);
  return new HttpContentEncodingError(details, error.coding, error.cause);
}
