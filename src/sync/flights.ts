// The runs behind a once() function, by key, and the outcomes that are kept.
//
// Invariant: a run that callers can join is in #flights; it has callers, or is about to end.

import { SyncMisuseError } from '../errors.ts';
import { currentContext, type GreenTask, spawn, type Task, type WaitOptions, wait } from '../pool/index.ts';
import { holding } from './guard.ts';
import { startWait } from './wait-line.ts';

export interface OnceStats {
  /** Runs that go on. */
  readonly running: number;
  /** Outcomes that are kept; those whose time is over go when somebody asks for them, or another one is kept. */
  readonly kept: number;
  readonly calls: number;
  /** How often the function was run for them. */
  readonly runs: number;
}

interface Kept {
  readonly value: unknown;
  readonly untilMs: number;
}

class Flight {
  task: GreenTask<unknown> | null = null;
  /** The task as it sees itself. */
  runner: Task | null = null;
  callers = 0;
  start!: (outcome: Promise<unknown>) => void;
  /** For those who join the run before spawn() has returned its task. */
  readonly outcome: Promise<unknown> = new Promise((resolve) => {
    this.start = resolve;
  });
}

export class Flights {
  readonly #fn: (...args: unknown[]) => unknown;
  readonly #name: string;
  readonly #keepMs: number;
  readonly #flights = new Map<unknown, Flight>();
  readonly #kept = new Map<unknown, Kept>();
  #calls = 0;
  #runs = 0;

  constructor(fn: (...args: unknown[]) => unknown, name: string, keepMs: number) {
    this.#fn = fn;
    this.#name = name;
    this.#keepMs = keepMs;
  }

  call(options: WaitOptions, key: unknown, args: unknown[]): unknown {
    const context = startWait(`${this.#name}()`, options);
    this.#calls++;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      if (performance.now() < kept.untilMs) return kept.value;
      this.#kept.delete(key);
    }
    const running = this.#flights.get(key);
    if (running !== undefined && running.runner === context.task) {
      throw new SyncMisuseError(`once() function '${this.#name}'`, 'a run asks for its own outcome');
    }
    const flight = running ?? new Flight();
    flight.callers++;
    return holding(
      () => this.#leave(key, flight),
      () => {
        if (running === undefined) this.#start(key, flight, args);
        return wait(flight.task?.promise ?? flight.outcome, options);
      },
    );
  }

  forget(key: unknown): boolean {
    const running = this.#flights.delete(key);
    return this.#kept.delete(key) || running;
  }

  clear(): void {
    this.#flights.clear();
    this.#kept.clear();
  }

  get stats(): OnceStats {
    return { running: this.#flights.size, kept: this.#kept.size, calls: this.#calls, runs: this.#runs };
  }

  #start(key: unknown, flight: Flight, args: unknown[]): void {
    this.#flights.set(key, flight); // before it runs, so that it meets itself
    this.#runs++;
    flight.task = spawn(() => {
      flight.runner = currentContext()?.task ?? null;
      return this.#fn(...args);
    });
    const { promise } = flight.task;
    promise.then(
      (value) => {
        if (this.#end(key, flight) && this.#keepMs > 0) this.#keep(key, value);
      },
      () => this.#end(key, flight),
    );
    flight.outcome.catch(() => {}); // nobody may have joined so early
    flight.start(promise);
  }

  /** The oldest stand first: all are kept for the same time. */
  #keep(key: unknown, value: unknown): void {
    const nowMs = performance.now();
    this.#kept.delete(key);
    this.#kept.set(key, { value, untilMs: nowMs + this.#keepMs });
    for (const [old, { untilMs }] of this.#kept) {
      if (nowMs < untilMs) return;
      this.#kept.delete(old);
    }
  }

  /** Lets nobody join any more. False if it was forgotten before. */
  #end(key: unknown, flight: Flight): boolean {
    return this.#flights.get(key) === flight && this.#flights.delete(key);
  }

  #leave(key: unknown, flight: Flight): void {
    flight.callers--;
    if (flight.callers > 0 || flight.task?.state === 'finished') return;
    this.#end(key, flight); // who comes now gets a new run
    flight.task?.cancel();
  }
}
