// What send() and close() of a WebSocket are given.

import { InvalidOptionError } from '../../errors.ts';
import type { WebSocketMessage } from './socket-channel.ts';

// RFC 6455 section 5.5: a control frame has 125 bytes, two of them for the code.
const MAX_REASON_BYTES = 123;

export function checkMessage(data: WebSocketMessage): void {
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) {
    throw new InvalidOptionError('data', 'a string or a Uint8Array', typeof data);
  }
}

export function checkClose(code: number, reason: string): void {
  if (code !== 1000 && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
    throw new InvalidOptionError('code', '1000, or an integer from 3000 to 4999', code);
  }
  if (typeof reason !== 'string' || Buffer.byteLength(reason) > MAX_REASON_BYTES) {
    throw new InvalidOptionError('reason', `a string of at most ${MAX_REASON_BYTES} bytes`);
  }
}
