// Carries a program out in the model. Its methods mirror those of green-run.ts, which does the same with greenroom:
// where that one waits, this one yields.

import type { CancelReason } from '../../src/index.ts';
import { FULFILLED, ModelLoop, ModelPromise, ModelSignal, type Outcome } from './model-loop.ts';
import { ModelError, ModelPool, ModelScope, ModelTask, ModelWaiter, type Steps } from './model-task.ts';
import {
  type Action,
  type Actor,
  Children,
  GATES,
  mayJoin,
  type Op,
  outside,
  type Program,
  type SettledKind,
  SIGNALS,
  type Start,
  type Step,
} from './program.ts';

interface TaskActor extends Actor {
  readonly task: ModelTask;
}

/** Everything that happens, in order. */
export function eventsInModel(program: Program): string[] {
  const run = new ModelRun(program);
  run.go();
  return run.events;
}

class ModelRun {
  readonly events: string[] = [];
  readonly #loop = new ModelLoop();
  readonly #program: Program;
  readonly #pools: readonly ModelPool[];
  readonly #gates = Array.from({ length: GATES }, () => new ModelPromise(this.#loop));
  readonly #signals = Array.from({ length: SIGNALS }, () => new ModelSignal());
  readonly #spawned: ModelTask[] = [];
  readonly #started = new Set<ModelTask>();

  constructor(program: Program) {
    this.#program = program;
    this.#pools = program.pools.map(({ maxWorkers, maxQueue }) => new ModelPool(maxWorkers, maxQueue));
  }

  go(): void {
    const around = outside();
    this.#proceed(around, 0);
    this.#loop.run();
    for (let gate = 0; gate < GATES; gate++) {
      this.#act({ op: 'settle gate', gate, ok: true }, around);
      this.#loop.run();
    }
    this.#logPools();
  }

  #log(actor: Actor, what: string): void {
    this.events.push(`${actor.id} ${what}`);
  }

  #logPools(): void {
    this.events.push(
      ...this.#pools.map((pool) => {
        const { maxWorkers, active, queue, peak, completed, failed, rejected, cancelled } = pool;
        return `pool: ${[maxWorkers, active, queue.length, peak, completed, failed, rejected, cancelled].join(' ')}`;
      }),
    );
  }

  #proceed(around: Actor, from: number): void {
    const { steps } = this.#program;
    for (let i = from; i < steps.length; i++) {
      const step = steps[i] as Step;
      const next = (): void => this.#proceed(around, i + 1);
      if (step.op === 'turn' || step.op === 'microtask') {
        if (step.op === 'turn') this.#loop.immediate(next);
        else this.#loop.microtask(next);
        return;
      }
      if (step.op === 'shutdown') (this.#pools[step.pool] as ModelPool).closed = true;
      else this.#act(step, around);
      this.#logPools();
    }
  }

  #act(action: Action, actor: Actor): void {
    switch (action.op) {
      case 'settle gate':
        this.#gates[action.gate]?.settle(action.ok ? FULFILLED : { ok: false, error: `gate ${action.gate}` });
        break;
      case 'abort':
        this.#signals[action.signal]?.abort();
        break;
      case 'cancel':
        this.#cancel(actor, action.task, action.reason);
        break;
      case 'set workers':
        this.#setWorkers(this.#pools[action.pool] as ModelPool, action.count);
        break;
      case 'dump':
        this.#log(actor, `dump ${[...this.#started].filter(({ state }) => state === 'waiting').length}`);
        break;
      case 'start':
        this.#start(actor, action.task);
    }
  }

  #cancel(actor: Actor, index: number, reason: CancelReason): void {
    if (this.#spawned.length === 0) return;
    const task = this.#spawned[index % this.#spawned.length] as ModelTask;
    this.#log(actor, `cancel ${task.cancel(reason)}`);
  }

  #setWorkers(pool: ModelPool, count: number): void {
    pool.maxWorkers = count;
    pool.feed();
  }

  // Never inline: #runInline() does that.
  #start(actor: Actor, { place, signal: signalIndex, body }: Start): ModelPromise {
    const id = actor.children.next();
    const pool = place === 'spawn' ? null : (this.#pools[Number(place.at(-1))] as ModelPool);
    const signal = pool === null || signalIndex === null ? null : (this.#signals[signalIndex] as ModelSignal);
    const refusal = this.#refusal(pool, signal);
    if (refusal !== null) return this.#track(id, new ModelPromise(this.#loop, { ok: false, error: refusal }));

    const task = new ModelTask(this.#loop, place, pool, (self) => {
      const own: TaskActor = { id, place, children: new Children(`${id}.`), task: self };
      return this.#runTask(own, body);
    });
    if (pool === null) {
      task.step();
      this.#spawned.push(task);
    } else {
      pool.dispatch(task);
    }
    if (signal !== null && task.state !== 'finished') {
      const onAbort = (): void => void task.cancel('explicit');
      task.onEnd = () => signal.remove(onAbort);
      if (signal.aborted) onAbort();
      else signal.listen(onAbort);
    }
    return this.#track(id, task.promise);
  }

  #refusal(pool: ModelPool | null, signal: ModelSignal | null): string | null {
    if (signal?.aborted === true) return 'cancelled explicit';
    try {
      pool?.admit();
      return null;
    } catch (error) {
      return (error as ModelError).message;
    }
  }

  #track(id: string, promise: ModelPromise): ModelPromise {
    promise.onSettled((outcome) => this.events.push(`${id} settled: ${outcome.ok ? 'ok' : outcome.error}`));
    return promise;
  }

  *#runTask(actor: TaskActor, body: readonly Op[]): Steps {
    this.#started.add(actor.task);
    this.#log(actor, 'starts');
    yield* this.#runBody(actor, body);
    this.#log(actor, 'ends');
  }

  *#runBody(actor: TaskActor, body: readonly Op[]): Steps {
    for (const op of body) yield* this.#runOp(actor, op);
  }

  *#runOp(actor: TaskActor, op: Op): Steps {
    switch (op.op) {
      case 'wait':
        return yield* this.#observe(actor, `gate ${op.gate}`, this.#waitForGate(actor.task, op.gate, op.signal));
      case 'wait settled':
        return yield* this.#observe(actor, op.kind, this.#waitForSettled(actor.task, op.kind));
      case 'yield':
        return yield* this.#observe(actor, 'yield', this.#yieldNow(actor.task));
      case 'throw':
        throw new ModelError(`thrown by ${actor.id}`);
      case 'try':
        try {
          yield* this.#runBody(actor, op.body);
        } catch (error) {
          if (!op.swallow) throw error;
          this.#log(actor, `swallows ${(error as ModelError).message}`);
        } finally {
          this.#log(actor, 'cleans up');
          yield* this.#runBody(actor, op.cleanup);
        }
        return;
      case 'shield':
      case 'withTimeout':
        return yield* this.#inScope(actor.task, new ModelScope(op.op === 'shield'), this.#runBody(actor, op.body));
      case 'store':
      case 'shared resource':
        return yield* this.#runBody(actor, op.body);
      case 'start':
        return yield* this.#startAndJoin(actor, op.task);
      default:
        this.#act(op, actor);
    }
  }

  *#observe(actor: Actor, what: string, wait: Steps): Steps {
    try {
      yield* wait;
      this.#log(actor, `${what}: ok`);
    } catch (error) {
      this.#log(actor, `${what}: ${(error as ModelError).message}`);
      throw error;
    }
  }

  *#inScope(task: ModelTask, scope: ModelScope, steps: Steps): Steps {
    task.scopes.push(scope);
    try {
      yield* steps;
    } finally {
      task.scopes.pop();
    }
  }

  *#startAndJoin(actor: TaskActor, start: Start): Steps {
    const { place, join } = start;
    const inline = place !== 'spawn' && place === actor.place;
    const promise = inline ? yield* this.#runInline(actor, start) : this.#start(actor, start);
    if (!join || !mayJoin(actor, place)) return;
    yield* this.#observe(actor, 'join', this.#waitFor(actor.task, place === 'spawn' ? this.#adopt(promise) : promise));
  }

  /** A spawned task is a thenable, not a promise. */
  #adopt(promise: ModelPromise): () => ModelPromise {
    return () =>
      ModelPromise.adopting(this.#loop, (adopted) => promise.onSettled((outcome) => adopted.settle(outcome)));
  }

  *#runInline(actor: TaskActor, { place, signal: signalIndex, body }: Start): Steps<ModelPromise> {
    const id = actor.children.next();
    const inner: TaskActor = { id, place, children: new Children(`${id}.`), task: actor.task };
    const signal = signalIndex === null ? null : (this.#signals[signalIndex] as ModelSignal);
    let outcome: Outcome = FULFILLED;
    try {
      if (signal === null) yield* this.#runTask(inner, body);
      else yield* this.#runInlineWithSignal(inner, signal, body);
    } catch (error) {
      outcome = { ok: false, error: (error as ModelError).message };
    }
    return this.#track(inner.id, new ModelPromise(this.#loop, outcome));
  }

  *#runInlineWithSignal(actor: TaskActor, signal: ModelSignal, body: readonly Op[]): Steps {
    if (signal.aborted) throw new ModelError('cancelled explicit');
    const scope = new ModelScope();
    const onAbort = (): void => actor.task.cancelScope(scope, 'explicit');
    signal.listen(onAbort);
    try {
      yield* this.#inScope(actor.task, scope, this.#runTask(actor, body));
    } finally {
      signal.remove(onAbort);
    }
  }

  *#waitForGate(task: ModelTask, gate: number, signalIndex: number | null): Steps {
    const promise = this.#gates[gate] as ModelPromise;
    if (signalIndex === null) return yield* this.#waitFor(task, promise);
    const signal = this.#signals[signalIndex] as ModelSignal;
    if (signal.aborted) throw new ModelError('cancelled explicit');
    const waiter = new ModelWaiter();
    promise.onSettled((outcome) => waiter.settle(outcome));
    const onAbort = (): void => {
      waiter.wake &&= () => this.#loop.microtask(() => task.step());
      waiter.settle({ ok: false, error: 'cancelled explicit' });
    };
    signal.listen(onAbort);
    try {
      yield* task.suspend(waiter, () => task.step());
    } finally {
      signal.remove(onAbort);
    }
  }

  *#waitForSettled(task: ModelTask, kind: SettledKind): Steps {
    if (kind === 'value') return;
    const rejects = kind === 'rejection' || kind === 'rejecting thenable' || kind === 'throwing thenable';
    const outcome: Outcome = rejects ? { ok: false, error: kind } : FULFILLED;
    const promise = new ModelPromise(this.#loop, outcome);
    if (kind === 'promise' || kind === 'rejection') return yield* this.#waitFor(task, promise);
    // The `then` of a subclass is that of promises: one microtask more.
    const thenable =
      kind === 'subclass'
        ? this.#adopt(promise)
        : () => ModelPromise.adopting(this.#loop, (adopted) => adopted.settle(outcome));
    yield* this.#waitFor(task, thenable);
  }

  *#yieldNow(task: ModelTask): Steps {
    const waiter = new ModelWaiter();
    this.#loop.immediate(() => waiter.settle(FULFILLED));
    yield* task.suspend(waiter, () => this.#loop.microtask(() => task.step()));
  }

  /** Waits for a promise or, as a function, for what adopts a thenable. */
  *#waitFor(task: ModelTask, promise: ModelPromise | (() => ModelPromise)): Steps {
    if (promise instanceof ModelPromise && promise.outcome?.ok === true) return task.throwIfCancelled();
    const adopted = promise instanceof ModelPromise ? promise : promise();
    const waiter = new ModelWaiter();
    adopted.onSettled((outcome) => waiter.settle(outcome));
    yield* task.suspend(waiter, () => task.step());
  }
}
