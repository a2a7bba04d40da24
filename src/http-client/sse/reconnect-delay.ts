// How long to wait before connecting again: what the server asks for, and after failures on end a random time from that
// to a limit that doubles, so that those whom a server lost at once do not come back at once.

export class ReconnectDelay {
  /** Milliseconds after a stream that ended in good order. */
  retry: number;
  readonly #max: number;
  #failures = 0;
  #end: (() => void) | null = null;

  constructor(retry: number, max: number) {
    this.retry = retry;
    this.#max = max;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures++;
  }

  /** Milliseconds; `random` is from 0 to 1. */
  next(random: number): number {
    if (this.#failures === 0) return this.retry;
    const doubled = this.retry * 2 ** Math.min(this.#failures - 1, 30);
    const longest = Math.max(this.retry, Math.min(doubled, this.#max));
    return this.retry + (longest - this.retry) * random;
  }

  /** Resolves when the time is over, or at end(). */
  start(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.next(Math.random()));
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** As start(), in sync style. */
  waitWith(wait: (promise: Promise<void>) => void): void {
    try {
      wait(this.start());
    } finally {
      this.end();
    }
  }

  end(): void {
    this.#end?.();
    this.#end = null;
  }
}
