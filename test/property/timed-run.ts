// Carries out a program in which time passes, and checks at every point what may happen there.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { GreenPool, type GreenTask, isCancelled, shield, spawn, wait, withTimeout, yieldNow } from '../../src/index.ts';
import { type Deferred, deferred } from './promises.ts';
import { GATES, type TimedBody, type TimedOp, type TimedProgram, type TimedStep } from './timed-program.ts';

interface Gate extends Deferred<string> {
  outcome: 'open' | 'failed' | null;
}

/** What is known of one task; the rules are checked against it. */
interface Record {
  readonly id: number;
  readonly pooled: boolean;
  /** How many reasons there are at the moment why its waits may throw a cancellation. */
  cancellers: number;
  /** How often it started, reached its end in any way, and settled. */
  starts: number;
  ends: number;
  settlements: number;
  outcome: unknown;
  triesEntered: number;
  cleanups: number;
}

const UNCANCELLED = 'GREEN_ERR_WAIT_TIMEOUT';

export async function runTimed(program: TimedProgram): Promise<void> {
  await new TimedRun(program).go();
}

class TimedRun {
  readonly #program: TimedProgram;
  readonly #pool: GreenPool;
  readonly #gates: readonly Gate[] = Array.from({ length: GATES }, () => ({ ...deferred<string>(), outcome: null }));
  readonly #records: Record[] = [];
  readonly #spawned: { readonly task: GreenTask<string>; readonly record: Record }[] = [];
  readonly #settled: Promise<unknown>[] = [];
  #refused = 0;
  #draining = false;
  #lastStarted = -1;
  /** Broken rules: in a task, an assertion would be one more error that the program may swallow. */
  readonly #broken: string[] = [];

  constructor(program: TimedProgram) {
    this.#program = program;
    const { maxWorkers, maxQueue, cleanupMs } = program;
    this.#pool = new GreenPool({ maxWorkers, maxQueue, cleanupTimeout: cleanupMs });
  }

  async go(): Promise<void> {
    for (const step of this.#program.steps) await this.#act(step);
    this.#draining = true;
    await this.#pool.shutdown({ drain: this.#program.drainMs });
    // The shutdown has ended, whatever the tasks of the pool do. Spawned ones may need their gates.
    for (let gate = 0; gate < GATES; gate++) this.#settleGate(gate, true);
    await Promise.all(this.#settled);
    this.#checkEnd();
  }

  async #act(step: TimedStep): Promise<void> {
    switch (step.op) {
      case 'submit':
        return this.#submit(step.body, step.timeoutMs);
      case 'spawn':
        return this.#spawn(step.body);
      case 'settle gate':
        return this.#settleGate(step.gate, step.ok);
      case 'cancel':
        return this.#cancel(step.task);
      case 'sleep':
        return sleep(step.ms);
      case 'turn':
        return new Promise((resolve) => setImmediate(resolve));
    }
  }

  #submit(body: TimedBody, timeoutMs: number | null): void {
    const { active, queued, maxWorkers, maxQueue } = this.#pool.stats;
    const full = active >= maxWorkers && queued >= maxQueue;
    const record = this.#newRecord(true, timeoutMs === null ? 0 : 1);
    const limits = timeoutMs === null ? undefined : { timeout: timeoutMs };
    const promise = this.#pool.submit(() => this.#runTask(record, body), limits);
    if (full) {
      this.#refused++;
      this.#records.pop();
      this.#settled.push(assert.rejects(promise, { code: 'GREEN_ERR_POOL_FULL' }));
    } else {
      this.#track(record, promise);
    }
  }

  #spawn(body: TimedBody): void {
    const record = this.#newRecord(false, 0);
    const task = spawn(() => this.#runTask(record, body));
    this.#spawned.push({ task, record });
    this.#track(record, task.promise);
  }

  #settleGate(index: number, ok: boolean): void {
    const gate = this.#gates[index] as Gate;
    if (gate.outcome !== null) return;
    gate.outcome = ok ? 'open' : 'failed';
    if (ok) gate.resolve(`gate ${index}`);
    else gate.reject(new Error(`gate ${index}`));
  }

  #cancel(index: number): void {
    const spawned = this.#spawned[index % this.#spawned.length];
    if (spawned === undefined) return;
    const { task, record } = spawned;
    const ended = task.state === 'finished';
    if (task.cancel() === ended) this.#broken.push(`cancel() of task ${record.id} says ${!ended}`);
    record.cancellers++;
  }

  #newRecord(pooled: boolean, cancellers: number): Record {
    const counts = { starts: 0, ends: 0, settlements: 0, triesEntered: 0, cleanups: 0 };
    const record: Record = { id: this.#records.length, pooled, cancellers, outcome: undefined, ...counts };
    this.#records.push(record);
    return record;
  }

  #track(record: Record, promise: Promise<string>): void {
    const settle = (outcome: unknown): void => {
      record.settlements++;
      record.outcome = outcome;
    };
    this.#settled.push(promise.then(settle, settle));
  }

  #runTask(record: Record, body: TimedBody): string {
    record.starts++;
    if (record.pooled) this.#checkStart(record);
    try {
      this.#runBody(record, body);
      return `value ${record.id}`;
    } finally {
      record.ends++;
    }
  }

  #checkStart(record: Record): void {
    const { active, maxWorkers } = this.#pool.stats;
    if (active > maxWorkers) this.#broken.push(`${active} of ${maxWorkers} workers are active`);
    if (record.id < this.#lastStarted) this.#broken.push(`task ${record.id} starts after ${this.#lastStarted}`);
    this.#lastStarted = record.id;
  }

  #runBody(record: Record, body: TimedBody): void {
    for (const op of body) this.#runOp(record, op);
  }

  #runOp(record: Record, op: TimedOp): void {
    switch (op.op) {
      case 'wait':
        this.#waitForGate(record, op.gate, op.timeoutMs);
        break;
      case 'sleep':
        this.#observe(record, 'slept', () => wait(sleep(op.ms, 'slept')));
        break;
      case 'yield':
        this.#observe(record, undefined, yieldNow);
        break;
      case 'throw':
        throw new Error(`thrown by ${record.id}`);
      case 'try':
        this.#tryBody(record, op.body, op.swallow, op.cleanup);
        break;
      case 'shield':
        shield({ timeout: op.ms }, () => this.#runBody(record, op.body));
        break;
      case 'withTimeout':
        this.#cancellable(record, () => withTimeout(op.ms, () => this.#runBody(record, op.body)));
        break;
      case 'inline':
        this.#cancellable(record, () => this.#runInline(record, op.ms, op.body));
        break;
    }
  }

  #tryBody(record: Record, body: TimedBody, swallow: boolean, cleanup: TimedBody): void {
    record.triesEntered++;
    try {
      this.#runBody(record, body);
    } catch (error) {
      if (!swallow) throw error;
    } finally {
      record.cleanups++;
      this.#runBody(record, cleanup);
    }
  }

  /** In a pool's task, submit() runs its function inline. */
  #runInline(record: Record, timeoutMs: number, body: TimedBody): void {
    if (!record.pooled) this.#runBody(record, body);
    else wait(this.#pool.submit(() => this.#runBody(record, body), { timeout: timeoutMs }));
  }

  #cancellable(record: Record, fn: () => void): void {
    record.cancellers++;
    try {
      fn();
    } finally {
      record.cancellers--;
    }
  }

  #waitForGate(record: Record, index: number, timeoutMs: number | null): void {
    const gate = this.#gates[index] as Gate;
    const own = `gate ${index}`;
    const limits = timeoutMs === null ? undefined : { timeout: timeoutMs };
    this.#observe(record, own, () => {
      try {
        const value = wait(gate.promise, limits);
        if (gate.outcome !== 'open') this.#broken.push(`${own} gave a value and is ${gate.outcome}`);
        return value;
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        if (message === own && gate.outcome !== 'failed') this.#broken.push(`${own} threw and is ${gate.outcome}`);
        const expected = message === own || isCancelled(error) || (timeoutMs !== null && code === UNCANCELLED);
        if (!expected) this.#broken.push(`${own} threw ${message}`);
        throw error;
      }
    });
  }

  /** A wait gives its own value, or a cancellation if there is a reason for one. */
  #observe(record: Record, expected: unknown, fn: () => unknown): void {
    try {
      const value = fn();
      if (value !== expected) this.#broken.push(`waited for ${expected} and got ${value}`);
    } catch (error) {
      const mayBeCancelled = record.cancellers > 0 || (record.pooled && this.#draining);
      if (isCancelled(error) && !mayBeCancelled) this.#broken.push(`task ${record.id} was cancelled for no reason`);
      throw error;
    }
  }

  #checkEnd(): void {
    assert.deepEqual(this.#broken, []);
    const pooled = this.#records.filter((record) => record.pooled);
    // A context that was destroyed has run no more of its JavaScript, `finally` blocks included.
    const discarded = pooled.filter(({ starts, ends }) => starts > ends);
    for (const record of this.#records) this.#checkRecord(record, discarded.includes(record));

    const { active, queued, completed, failed, rejected, cancelled, ...stats } = this.#pool.stats;
    const succeeded = pooled.filter(({ id, outcome }) => outcome === `value ${id}`).length;
    assert.deepEqual(
      { active, queued, completed, failed, rejected, discarded: stats.discarded },
      {
        active: 0,
        queued: 0,
        completed: succeeded,
        failed: pooled.length - succeeded,
        rejected: this.#refused,
        discarded: discarded.length,
      },
    );
    assert.ok(discarded.length <= cancelled && cancelled <= failed, 'the counts of cancelled tasks add up');
  }

  #checkRecord(record: Record, discarded: boolean): void {
    const { starts, ends, settlements, outcome, triesEntered, cleanups } = record;
    assert.equal(settlements, 1, 'settles once');
    assert.ok(starts <= 1 && ends <= starts, 'starts and ends at most once');
    if (starts === 0 || discarded) assert.ok(isCancelled(outcome), 'what never starts, or is destroyed, is cancelled');
    if (!discarded) assert.equal(cleanups, triesEntered, 'every finally block runs once');
    assert.ok(cleanups <= triesEntered, 'no finally block runs twice');
  }
}
