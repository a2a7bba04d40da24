// The limit on one phase of an exchange.

import type { HttpPhase } from '../http-errors.ts';

export interface TimedExchange {
  phaseTimedOut(phase: HttpPhase, limitMs: number): void;
}

export class PhaseTimer {
  readonly #exchange: TimedExchange;
  readonly #phase: HttpPhase;
  readonly #limitMs: number;
  #timer: NodeJS.Timeout;
  #stopped = false;

  constructor(exchange: TimedExchange, phase: HttpPhase, limitMs: number) {
    this.#exchange = exchange;
    this.#phase = phase;
    this.#limitMs = limitMs;
    this.#timer = setTimeout(onTimeout, limitMs, this);
  }

  /** Begins anew, also after stop(). */
  refresh(): void {
    if (!this.#stopped) {
      this.#timer.refresh();
      return;
    }
    this.#stopped = false;
    this.#timer = setTimeout(onTimeout, this.#limitMs, this);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped = true;
  }

  expire(): void {
    this.#exchange.phaseTimedOut(this.#phase, this.#limitMs);
  }
}

function onTimeout(timer: PhaseTimer): void {
  timer.expire();
}
