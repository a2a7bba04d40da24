// Who may use a file now. Node's own writeFileSync() cannot be interrupted by anybody in the process; a green one can, and
// would show others a file that is half written. So every green call holds its files, until its work on the thread pool
// has really ended, whatever has become of the caller: readers together, a writer alone, first come, first served.
//
// A call asks for all its files in one order, and asks for no more while it holds some: no circle can come about.

export interface Claim {
  /** Names the file; see path-key.ts. */
  readonly key: string;
  readonly writes: boolean;
}

interface Entry extends Claim {
  readonly granted: () => void;
}

class Queue {
  readonly waiting: Entry[] = [];
  readers = 0;
  writing = false;

  admits(writes: boolean): boolean {
    return this.waiting.length === 0 && this.#fits(writes);
  }

  admitNext(): void {
    for (let next = this.waiting[0]; next !== undefined && this.#fits(next.writes); next = this.waiting[0]) {
      this.waiting.shift();
      this.take(next.writes);
      next.granted();
    }
  }

  take(writes: boolean): void {
    if (writes) this.writing = true;
    else this.readers++;
  }

  leave(writes: boolean): void {
    if (writes) this.writing = false;
    else this.readers--;
  }

  get unused(): boolean {
    return !this.writing && this.readers === 0 && this.waiting.length === 0;
  }

  #fits(writes: boolean): boolean {
    return !this.writing && (!writes || this.readers === 0);
  }
}

export class PathLocks {
  readonly #queues = new Map<string, Queue>();

  /** Whether a call with these claims would not have to wait. */
  admits(claims: readonly Claim[]): boolean {
    return claims.every(({ key, writes }) => this.#queues.get(key)?.admits(writes) ?? true);
  }

  /** How many keys anybody holds or waits for. */
  get size(): number {
    return this.#queues.size;
  }

  /**
   * Calls `begin` when all of `claims` are held: at once, or from the callback of whoever has held one.
   * @returns what gives them back, as `begin` is given too; while not all are held, it leaves the queue, and `begin` is
   *   never called.
   */
  enter(claims: readonly Claim[], begin: (leave: () => void) => void): () => void {
    const ordered = inOrder(claims);
    const held: Claim[] = [];
    let pending: Entry | null = null;
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      if (pending !== null) this.#withdraw(pending);
      for (const claim of held) this.#leave(claim);
    };
    const proceed = (): void => {
      const claim = ordered[held.length];
      if (claim === undefined) {
        begin(leave);
        return;
      }
      pending = {
        ...claim,
        granted: () => {
          pending = null;
          held.push(claim);
          proceed();
        },
      };
      this.#ask(pending);
    };
    proceed();
    return leave;
  }

  #ask(entry: Entry): void {
    let queue = this.#queues.get(entry.key);
    if (queue === undefined) {
      queue = new Queue();
      this.#queues.set(entry.key, queue);
    }
    if (queue.admits(entry.writes)) {
      queue.take(entry.writes);
      entry.granted();
    } else queue.waiting.push(entry);
  }

  #withdraw(entry: Entry): void {
    const queue = this.#queues.get(entry.key) as Queue;
    queue.waiting.splice(queue.waiting.indexOf(entry), 1);
    this.#goOn(entry.key, queue); // it may have been what readers behind it waited for
  }

  #leave({ key, writes }: Claim): void {
    const queue = this.#queues.get(key) as Queue;
    queue.leave(writes);
    this.#goOn(key, queue);
  }

  #goOn(key: string, queue: Queue): void {
    queue.admitNext();
    // Who was admitted may have left already, and others have come since.
    if (queue.unused && this.#queues.get(key) === queue) this.#queues.delete(key);
  }
}

/** One claim per key, the stronger one. */
function inOrder(claims: readonly Claim[]): Claim[] {
  const byKey = new Map<string, Claim>();
  for (const claim of claims) if (claim.writes || !byKey.has(claim.key)) byKey.set(claim.key, claim);
  return [...byKey.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** Of the whole thread: two green namespaces must not tear each other's files. */
export const pathLocks: PathLocks = new PathLocks();
