// The limit on one phase of an exchange.

import type { HttpPhase } from '../http-errors.ts';
import type { ResolvedTimeouts } from '../timeouts.ts';

export interface TimedExchange {
  phaseTimedOut(phase: HttpPhase, limitMs: number): void;
}

/** How long the phase may take, in ms; 0 where the limit on the whole call is reached first, or there is none. */
export function limitOf(
  phase: HttpPhase,
  settings: { readonly timeouts: ResolvedTimeouts; readonly stream: boolean },
): number {
  const { timeouts, stream } = settings;
  const { total } = timeouts;
  if (phase === 'body' && stream) return timeouts.body > 0 ? timeouts.body : total;
  const limit = timeouts[phase];
  return total > 0 && limit >= total ? 0 : limit;
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
