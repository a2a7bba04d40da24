// What goes wrong with a WebSocket, beside the connection itself: that fails as any other request's.

import { HttpError, type HttpErrorDetails } from '../http-errors.ts';

/** The server did not switch to the WebSocket protocol. */
export class WebSocketHandshakeError extends HttpError {
  /** What it answered with instead, 401 for instance; null if it did not, or its answer was no valid handshake. */
  readonly status: number | null;

  constructor(details: HttpErrorDetails, status: number | null, cause?: unknown) {
    const how = status === null ? 'failed' : `was answered with ${status}`;
    super('GREEN_ERR_HTTP_WEBSOCKET_HANDSHAKE', `The WebSocket's opening handshake ${how}.`, 502, details, cause);
    this.status = status;
  }
}

/** The connection is closed, so that nothing can be sent; or it broke, so that more may have been coming. */
export class WebSocketClosedError extends HttpError {
  /** RFC 6455 section 7.4; 1006 without a closing handshake. */
  readonly closeCode: number;

  constructor(details: HttpErrorDetails, what: string, closeCode: number) {
    super('GREEN_ERR_HTTP_WEBSOCKET_CLOSED', `The WebSocket ${what} (code ${closeCode}).`, 502, details);
    this.closeCode = closeCode;
  }
}
