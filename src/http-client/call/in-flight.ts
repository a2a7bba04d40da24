// How many calls and streamed responses of a client are under way, so that close() can wait for them.

export class InFlight {
  #count = 0;
  #reportIdle: (() => void) | null = null;

  get count(): number {
    return this.#count;
  }

  begin(): void {
    this.#count++;
  }

  readonly end: () => void = () => {
    if (--this.#count === 0) this.#reportIdle?.();
  };

  /** Resolves when there is none. For one caller. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#reportIdle = resolve;
    });
  }
}
