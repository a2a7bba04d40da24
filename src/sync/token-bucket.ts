// A token bucket (J. Turner, "New Directions in Communications", IEEE Communications Magazine 24(10), 1986; the metering
// of RFC 2697, section 3): tokens flow in at a steady rate, up to a most.

// Adding up fractions leaves less than this.
const ROUNDING = 1e-9;

export class TokenBucket {
  readonly #perMs: number;
  readonly #most: number;
  #tokens: number;
  #countedAtMs: number = performance.now();

  constructor(perMs: number, most: number) {
    this.#perMs = perMs;
    this.#most = most;
    this.#tokens = most;
  }

  /** What is there now; not always a whole number. */
  get tokens(): number {
    const nowMs = performance.now();
    this.#tokens = Math.min(this.#most, this.#tokens + (nowMs - this.#countedAtMs) * this.#perMs);
    this.#countedAtMs = nowMs;
    return this.#tokens;
  }

  /** Takes so many, if they are there. */
  take(tokens: number): boolean {
    if (this.tokens + ROUNDING < tokens) return false;
    this.#tokens = Math.max(0, this.#tokens - tokens);
    return true;
  }

  putBack(tokens: number): void {
    this.#tokens += tokens;
  }

  /** In how many milliseconds there are so many, if nobody takes any. */
  msUntil(tokens: number): number {
    return Math.max(1, Math.ceil((tokens - this.tokens) / this.#perMs));
  }
}
