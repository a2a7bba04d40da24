// The threads of an offload pool, which are piscina's, and the queue before them, which is not: piscina serves tasks that
// can be aborted in no order, and counts them into no limit. So it never gets more of them than it may have threads.

import { AsyncResource } from 'node:async_hooks';
import { fileURLToPath } from 'node:url';

import { MAX_TIMEOUT_MS } from '../../pool/index.ts';
import { CpuLimiter } from '../cpu-limiter.ts';
import type { Failure } from './failure.ts';
import { OffloadClosedError, OffloadFullError } from './offload-errors.ts';
import type { ResolvedOffloadPoolOptions } from './offload-options.ts';
import { newPiscina, type PiscinaPool } from './piscina.ts';

export interface OffloadStats {
  /** Threads there are now, busy or idle. */
  readonly threads: number;
  /** Calls that run, and calls that wait for a thread. */
  readonly running: number;
  readonly queued: number;
}

/** How a task has ended. */
export interface Answer {
  readonly value?: unknown;
  readonly failure?: Failure;
  /** What piscina says: the thread has ended, or the task could not be sent. */
  readonly rejected?: unknown;
}

const WORKER_FILE = fileURLToPath(new URL('./worker.cjs', import.meta.url));

export class OffloadThreads {
  readonly #options: ResolvedOffloadPoolOptions;
  readonly #turns: CpuLimiter;
  // Threads are nobody's request: they keep nothing of the one that they are made in.
  readonly #resource = new AsyncResource('GREENROOM_OFFLOAD', { requireManualDestroy: true });
  #piscina: PiscinaPool | null = null;
  #keepAlive: NodeJS.Timeout | undefined;
  #inFlight = 0;
  #closed = false;
  #destroyed = false;
  readonly #onIdle: (() => void)[] = [];

  constructor(options: ResolvedOffloadPoolOptions) {
    this.#options = options;
    this.#turns = new CpuLimiter(options.maxThreads);
  }

  /** Whether the threads have been ended by force, and tasks with them. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  get stats(): OffloadStats {
    const { running, queued } = this.#turns;
    return { threads: this.#piscina?.threads.length ?? 0, running, queued };
  }

  /**
   * Has a thread work on `task`, in its turn.
   *
   * @returns what takes it out of the queue, or ends its thread; of no effect after the answer.
   * @throws `GREEN_ERR_OFFLOAD_CLOSED`, `GREEN_ERR_OFFLOAD_FULL`, `GREEN_ERR_OFFLOAD_UNAVAILABLE`
   */
  start(task: object, answer: (given: Answer) => void): () => void {
    this.#assertRoom();
    this.#open();
    const abort = new AbortController();
    let queued = true;
    this.#count(1);
    const leaveQueue = this.#turns.enter((leave) => {
      queued = false;
      const end = (given: Answer): void => {
        leave();
        this.#count(-1);
        answer(given);
      };
      if (this.#destroyed) end({ rejected: null });
      else this.#send(task, abort.signal).then(end as (given: unknown) => void, (rejected) => end({ rejected }));
    });
    return () => {
      abort.abort();
      if (!queued) return;
      queued = false;
      leaveQueue();
      this.#count(-1);
    };
  }

  async close(force: boolean): Promise<void> {
    this.#closed = true;
    if (!force && this.#inFlight > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    this.#destroyed = true;
    clearInterval(this.#keepAlive);
    await this.#piscina?.destroy();
  }

  #assertRoom(): void {
    if (this.#closed) throw new OffloadClosedError();
    const { running, queued, limit } = this.#turns;
    const { maxQueue } = this.#options;
    if (running >= limit && queued >= maxQueue) throw new OffloadFullError(running, queued, maxQueue);
  }

  #open(): void {
    if (this.#piscina !== null) return;
    const { minThreads, maxThreads, idleTimeout, resourceLimits } = this.#options;
    const limits = resourceLimits === undefined ? {} : { resourceLimits };
    const options = { filename: WORKER_FILE, minThreads, maxThreads, idleTimeout, recordTiming: false, ...limits };
    this.#resource.runInAsyncScope(() => {
      this.#piscina = newPiscina(options);
      // Its threads hold the process from when they have started, not from when they are to.
      this.#keepAlive = setInterval(() => undefined, MAX_TIMEOUT_MS).unref();
      this.#piscina.on('error', warnOfEnd);
    });
  }

  #send(task: object, signal: AbortSignal): Promise<unknown> {
    const piscina = this.#piscina as PiscinaPool;
    return this.#resource.runInAsyncScope(() => piscina.run(task, { signal }));
  }

  #count(change: 1 | -1): void {
    this.#inFlight += change;
    if (this.#inFlight > 0) this.#keepAlive?.ref();
    else {
      this.#keepAlive?.unref();
      for (const resolve of this.#onIdle.splice(0)) resolve();
    }
  }
}

function warnOfEnd(error: unknown): void {
  process.emitWarning(`An idle thread of an offload pool has ended: ${String(error)}`, {
    code: 'GREEN_WARN_OFFLOAD_WORKER',
  });
}
