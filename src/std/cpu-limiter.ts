// Keeps one thread of libuv's pool free of computing: hashing a password takes a thread for 50 ms and more, and where all
// of them do that, every file read and DNS lookup of the process stands in line behind it. First come, first served. What
// has begun keeps its place until the pool has really done with it, wanted or not.

/** Must call what it is given when the work has ended. */
type Start = (leave: () => void) => void;

const DEFAULT_POOL_SIZE = 4;
const MAX_POOL_SIZE = 1024;

export class CpuLimiter {
  readonly #limit: number | undefined;
  readonly #queue = new Set<Start>();
  #running = 0;

  /** @param limit - how many pieces of work may run at once; unless given, all but one of the pool's threads. */
  constructor(limit?: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit ?? limitOfPool();
  }

  /** Whether work that is entered now has to wait for its turn. */
  get full(): boolean {
    return this.#running >= this.limit;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /**
   * Starts the work, at once or as soon as there is room for it. `start` must not throw. Never suspends.
   *
   * @returns what takes the work out of the queue; of no effect once it has begun.
   */
  enter(start: Start): () => void {
    const entry: Start = (leave) => start(leave); // one of its own, whoever enters twice
    this.#queue.add(entry);
    this.#startNext();
    return () => {
      this.#queue.delete(entry);
    };
  }

  #startNext(): void {
    for (const start of this.#queue) {
      if (this.#running >= this.limit) return;
      this.#queue.delete(start);
      this.#running++;
      let left = false;
      start(() => {
        if (left) return;
        left = true;
        this.#running--;
        this.#startNext();
      });
    }
  }
}

/** What all of greenroom's computing goes through: `crypto` and `zlib` use the same threads. */
export const cpuLimiter: CpuLimiter = new CpuLimiter();

// As libuv reads it, when its pool is first used.
let knownLimit = 0;

function limitOfPool(): number {
  if (knownLimit === 0) knownLimit = Math.max(1, poolSizeOf(process.env['UV_THREADPOOL_SIZE']) - 1);
  return knownLimit;
}

/** How many threads libuv makes of that value of `UV_THREADPOOL_SIZE`. */
export function poolSizeOf(given: string | undefined): number {
  if (given === undefined) return DEFAULT_POOL_SIZE;
  const threads = Number.parseInt(given, 10) || 1;
  return threads < 0 ? MAX_POOL_SIZE : Math.min(threads, MAX_POOL_SIZE);
}
