// Connections that a client shares with those that extend() has made from it. The last one to be closed closes them.

import type { ResolvedTimeouts } from '../timeouts.ts';
import type { HttpClientStats } from './connection-stats.ts';
import { Transport } from './transport.ts';
import { resolveTransportOptions, TRANSPORT_DEFAULTS, type TransportOptions } from './transport-options.ts';

export class SharedTransport {
  readonly transport: Transport;
  readonly #connectTimeoutMs: number;
  #users = 1;

  private constructor(options: TransportOptions, { connect }: ResolvedTimeouts) {
    this.transport = new Transport(resolveTransportOptions(options, connect));
    this.#connectTimeoutMs = connect;
  }

  /** @throws `GREEN_ERR_OPT_INVALID` */
  static of(options: TransportOptions, timeouts: ResolvedTimeouts): SharedTransport {
    return new SharedTransport(options, timeouts);
  }

  /** These connections for one client more, unless `changes` has options that ask for others. */
  lend(changes: TransportOptions, { connect }: ResolvedTimeouts): SharedTransport | null {
    if (connect !== this.#connectTimeoutMs) return null;
    if (Object.keys(changes).some((name) => name in TRANSPORT_DEFAULTS)) return null;
    this.#users++;
    return this;
  }

  stats(): HttpClientStats {
    return this.transport.stats();
  }

  /** For a client that has no request under way. What is still connecting has nobody to wait for it. */
  async release(): Promise<void> {
    if (--this.#users === 0) await this.transport.destroy();
  }
}
