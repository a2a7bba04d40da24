// One attempt to get a connection, from the name lookup to the last handshake, under one deadline. A proxied connection
// takes several steps, each with its socket; when time is up, the socket of the current one goes.

import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

import { type Connector, takeResetsForErrors } from '../undici.ts';

/** How a connection is made: rejects if it cannot be, and registers each socket with the attempt. */
export type Dial = (target: buildConnector.Options, attempt: ConnectAttempt) => Promise<Socket>;

export class ConnectAttempt {
  /** Tells undici that it failed. */
  onGivenUp: (() => void) | null = null;
  #socket: Socket | null = null;
  #over = false;

  /** One step with undici's connector. */
  open(connector: Connector, target: buildConnector.Options): Promise<Socket> {
    return new Promise((resolve, reject) => {
      if (this.#over) throw new Error('The attempt is over');
      this.#socket = connector(target, (error, socket) => {
        if (error === null) resolve(socket as Socket);
        else reject(error);
      });
    });
  }

  giveUp(): void {
    this.#over = true;
    this.onGivenUp?.();
    this.#socket?.destroy();
  }
}

/** Those under way. */
export class Attempts {
  /** How many were begun. */
  count = 0;
  readonly #open = new Set<ConnectAttempt>();

  begin(attempt: ConnectAttempt): void {
    this.count++;
    this.#open.add(attempt);
  }

  end(attempt: ConnectAttempt): void {
    this.#open.delete(attempt);
  }

  giveUp(): void {
    for (const attempt of this.#open) attempt.giveUp();
  }
}

/** Has the code that undici's own has, and unlike it no host in its message. */
export class ConnectTimeout extends Error {
  readonly code = 'UND_ERR_CONNECT_TIMEOUT';
  readonly limit: number;

  constructor(limit: number) {
    super(`No connection within ${limit} ms.`);
    this.limit = limit;
    this.name = 'ConnectTimeout';
  }
}

/**
 * A connector for undici.
 *
 * @param timeout - milliseconds for all steps together; 0 for no limit. To the point, where undici's own timers may be
 *   half a second late.
 */
export function connectorOf(dial: Dial, timeout: number, attempts: Attempts): Connector {
  return ((target, callback) => {
    const attempt = new ConnectAttempt();
    attempts.begin(attempt);
    let timer: NodeJS.Timeout | undefined;
    let settled = false;
    const settle = (error: Error | null, socket: Socket | null): void => {
      if (settled) {
        socket?.destroy();
        return;
      }
      settled = true;
      clearTimeout(timer);
      attempts.end(attempt);
      if (socket !== null) takeResetsForErrors(socket);
      callback(...([error, socket] as Parameters<typeof callback>));
    };
    attempt.onGivenUp = () => settle(new Error('The attempt is over'), null);
    const expire = (): void => {
      settle(new ConnectTimeout(timeout), null);
      attempt.giveUp();
    };
    // Late timers run before the sockets are polled: a busy event loop is given a chance to see the connection.
    if (timeout > 0) timer = setTimeout(() => setImmediate(() => !settled && expire()), timeout);
    dial(target, attempt).then(
      (socket) => settle(null, socket),
      (error) => settle(error, null),
    );
  }) as Connector;
}
