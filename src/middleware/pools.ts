// The pools of one registration, by name (bulkheads), and what is in flight in each.

import { GreenroomError, type GreenroomErrorCode, InvalidOptionError } from '../errors.ts';
import { GreenPool, type GreenPoolOptions } from '../pool/index.ts';
import { InFlight, type Tracked } from './in-flight.ts';
import { DEFAULT_POOL, type ResolvedPoolLimits } from './options.ts';

/** What a closing server must reach. */
export interface Closable extends Tracked {
  readonly connection: object | null;
  readonly arrivedAtMs: number;
  /** Lets the reply end its connection, so that close() need not wait for the client to do so. */
  endKeepAlive(): void;
}

/** A reply that is streamed without holding a worker. */
export interface ClosableStream extends Closable {
  /** The time to drain is over. */
  abort(): void;
}

/** What is in flight in a pool, whoever put it there: the plugin and a legacy listener may share one. */
interface Flights {
  readonly requests: InFlight<Closable>;
  readonly streams: InFlight<ClosableStream>;
  closing: boolean;
}

const flightsOf = new WeakMap<GreenPool, Flights>();

export class RequestPool {
  readonly pool: GreenPool;
  readonly limits: ResolvedPoolLimits;
  readonly #flights: Flights;

  constructor(pool: GreenPool, limits: ResolvedPoolLimits) {
    this.pool = pool;
    this.limits = limits;
    this.#flights = flightsOf.get(pool) ?? { requests: new InFlight(), streams: new InFlight(), closing: false };
    flightsOf.set(pool, this.#flights);
  }

  static create(name: string, limits: ResolvedPoolLimits): RequestPool {
    return new RequestPool(new GreenPool({ ...poolOptions(limits), name }), limits);
  }

  addRequest(request: Closable): void {
    this.#flights.requests.add(request);
    if (this.#flights.closing) request.endKeepAlive();
  }

  removeRequest(request: Closable): void {
    this.#flights.requests.remove(request);
  }

  addStream(stream: ClosableStream): void {
    this.#flights.streams.add(stream);
    if (this.#flights.closing) stream.endKeepAlive();
  }

  removeStream(stream: ClosableStream): void {
    this.#flights.streams.remove(stream);
  }

  get streams(): number {
    return this.#flights.streams.size;
  }

  /** Seconds that a refused client is told to stay away: how long the queue takes to empty, unless the options say. */
  get retryAfterSeconds(): number {
    const { retryAfter } = this.limits;
    if (typeof retryAfter === 'number') return retryAfter;
    const { stats } = this.pool;
    const seconds =
      typeof retryAfter === 'function'
        ? retryAfter(stats)
        : (stats.queued * stats.meanTaskMs) / stats.maxWorkers / 1000;
    return Math.max(1, Math.ceil(seconds) || 1);
  }

  /** Puts `Retry-After` on the reply to a request that was not started for want of a worker. */
  tellRetryAfter(reply: { header(name: string, value: string): unknown }, error: unknown): void {
    if (isRefusal(error)) reply.header('retry-after', String(this.retryAfterSeconds));
  }

  /** Lets the replies in flight, and those to come, end their connections. */
  endKeepAlive(): void {
    const { requests, streams } = this.#flights;
    this.#flights.closing = true;
    // Of pipelined ones, only the last may: the others would close the connection before it.
    const last = new Map<unknown, Closable>();
    for (const closable of [...requests.list(), ...streams.list()]) {
      const { connection } = closable;
      const other = last.get(connection);
      if (other === undefined || other.arrivedAtMs <= closable.arrivedAtMs) last.set(connection, closable);
    }
    for (const closable of last.values()) closable.endKeepAlive();
  }

  /** The time to drain is over. */
  cancelAll(): void {
    void this.pool.shutdown({ drain: 0 });
    this.abortStreams();
  }

  abortStreams(): void {
    for (const stream of this.#flights.streams.list()) stream.abort();
  }
}

export class RequestPools {
  readonly #pools: Map<string, RequestPool>;

  constructor(limits: ReadonlyMap<string, ResolvedPoolLimits>) {
    this.#pools = new Map(Array.from(limits, ([name, own]) => [name, RequestPool.create(name, own)]));
  }

  get all(): Iterable<RequestPool> {
    return this.#pools.values();
  }

  /** @throws `GREEN_ERR_OPT_INVALID` when there is none of this name. */
  get(name: string = DEFAULT_POOL): RequestPool {
    const found = this.#pools.get(name);
    if (found !== undefined) return found;
    throw new InvalidOptionError('pool', `one of ${[...this.#pools.keys()].join(', ')}`, name);
  }
}

const REFUSALS: readonly unknown[] = [
  'GREEN_ERR_POOL_FULL',
  'GREEN_ERR_POOL_QUEUE_TIMEOUT',
  'GREEN_ERR_POOL_CLOSED',
  'GREEN_ERR_POOL_NO_STACK',
] satisfies GreenroomErrorCode[];

/** Whether the work was never started. */
export function isRefusal(error: unknown): boolean {
  return error instanceof GreenroomError && REFUSALS.includes(error.code);
}

function poolOptions(limits: ResolvedPoolLimits): GreenPoolOptions {
  const { maxWorkers, maxQueue, queueTimeout, order, nested, cleanupTimeout, longRunWarning, histograms } = limits;
  return { maxWorkers, maxQueue, queueTimeout, order, nested, cleanupTimeout, longRunWarning, histograms };
}
