// Carries a program out with greenroom, and writes down everything that happens, in order.

import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

import {
  CancelledError,
  type CancelReason,
  dumpContexts,
  GreenPool,
  type GreenTask,
  shield,
  spawn,
  wait,
  withTimeout,
  yieldNow,
} from '../../src/index.ts';
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
import { deferred, thenable } from './promises.ts';

const FAR_MS = 3_600_000;
const MAX_TURNS = 10_000;

// One for all: on Node 20 every promise hands every storage there is on, used or not.
const storage = new AsyncLocalStorage<string>();
const SHARED_STORE = 'shared';
const sharedResource = storage.run(SHARED_STORE, () => new AsyncResource('SHARED'));

interface TaskActor extends Actor {
  /** The AsyncLocalStorage store that the code sees where it is. */
  readonly store: string;
  readonly inSharedResource: boolean;
}

/** Everything that happens, in order. Afterwards every task has ended and both pools are closed. */
export async function eventsWithGreenroom(program: Program): Promise<string[]> {
  const run = new GreenRun(program);
  await run.go();
  return run.events;
}

class GreenRun {
  readonly events: string[] = [];
  readonly #program: Program;
  readonly #pools: readonly GreenPool[];
  readonly #gates = Array.from({ length: GATES }, () => deferred<string>());
  readonly #signals = Array.from({ length: SIGNALS }, () => new AbortController());
  readonly #spawned: GreenTask<string>[] = [];
  #yielding = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#pools = program.pools.map((size) => new GreenPool(size));
  }

  async go(): Promise<void> {
    const around = outside();
    await new Promise<void>((resolve) => this.#proceed(around, 0, resolve));
    await this.#quiet();
    for (let gate = 0; gate < GATES; gate++) {
      this.#act({ op: 'settle gate', gate, ok: true }, around);
      await this.#quiet();
    }
    this.#logPools();
    await Promise.all(this.#pools.map((pool) => pool.shutdown()));
  }

  #log(actor: Actor, what: string): void {
    this.events.push(`${actor.id} ${what}`);
  }

  #logPools(): void {
    this.events.push(
      ...this.#pools.map(({ stats }) => {
        const { maxWorkers, active, queued, peak, completed, failed, rejected, cancelled } = stats;
        return `pool: ${[maxWorkers, active, queued, peak, completed, failed, rejected, cancelled].join(' ')}`;
      }),
    );
  }

  /** Resolves when no task goes on by itself. */
  async #quiet(): Promise<void> {
    let turns = 0;
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#yielding > 0 && ++turns < MAX_TURNS);
  }

  #proceed(around: Actor, from: number, done: () => void): void {
    const { steps } = this.#program;
    for (let i = from; i < steps.length; i++) {
      const step = steps[i] as Step;
      const next = (): void => this.#proceed(around, i + 1, done);
      if (step.op === 'turn' || step.op === 'microtask') {
        if (step.op === 'turn') setImmediate(next);
        else queueMicrotask(next);
        return;
      }
      if (step.op === 'shutdown') void this.#pools[step.pool]?.shutdown();
      else this.#act(step, around);
      this.#logPools();
    }
    done();
  }

  #act(action: Action, actor: Actor): void {
    switch (action.op) {
      case 'settle gate':
        if (action.ok) this.#gates[action.gate]?.resolve(`gate ${action.gate}`);
        else this.#gates[action.gate]?.reject(new Error(`gate ${action.gate}`));
        break;
      case 'abort':
        this.#signals[action.signal]?.abort();
        break;
      case 'cancel':
        this.#cancel(actor, action.task, action.reason);
        break;
      case 'set workers':
        (this.#pools[action.pool] as GreenPool).maxWorkers = action.count;
        break;
      case 'dump':
        this.#log(actor, `dump ${dumpContexts().contexts.filter(({ state }) => state === 'waiting').length}`);
        break;
      case 'start':
        void this.#start(actor, action.task);
    }
  }

  #cancel(actor: Actor, index: number, reason: CancelReason): void {
    if (this.#spawned.length === 0) return;
    const task = this.#spawned[index % this.#spawned.length] as GreenTask<string>;
    this.#log(actor, `cancel ${task.cancel(reason)}`);
  }

  /** In a task of the same pool it runs inline. */
  #start(actor: Actor, { place, signal, body }: Start): PromiseLike<string> {
    const id = actor.children.next();
    const inline = place !== 'spawn' && actor.place === place;
    const inSharedResource = inline && (actor as TaskActor).inSharedResource;
    const own: TaskActor = {
      id,
      place,
      children: new Children(`${id}.`),
      store: storage.getStore() ?? '',
      inSharedResource,
    };
    const work = (): string => this.#runTask(own, body);
    if (place === 'spawn') {
      const task = spawn(work);
      this.#spawned.push(task);
      this.#track(id, task.promise);
      return task;
    }
    const pool = this.#pools[Number(place.at(-1))] as GreenPool;
    const limits = signal === null ? undefined : { signal: (this.#signals[signal] as AbortController).signal };
    const promise = pool.submit(work, limits);
    this.#track(id, promise);
    return promise;
  }

  #track(id: string, promise: Promise<string>): void {
    promise.then(
      (value) => this.events.push(`${id} settled: ${value === `value of ${id}` ? 'ok' : value}`),
      (error) => this.events.push(`${id} settled: ${describeError(error)}`),
    );
  }

  #runTask(actor: TaskActor, body: readonly Op[]): string {
    this.#log(actor, 'starts');
    this.#checkStore(actor);
    this.#runBody(actor, body);
    this.#log(actor, 'ends');
    return `value of ${actor.id}`;
  }

  #runBody(actor: TaskActor, body: readonly Op[]): void {
    for (const op of body) this.#runOp(actor, op);
  }

  #runOp(actor: TaskActor, op: Op): void {
    switch (op.op) {
      case 'wait': {
        const limits =
          op.signal === null ? undefined : { signal: (this.#signals[op.signal] as AbortController).signal };
        const { promise } = this.#gates[op.gate] as { promise: Promise<string> };
        this.#observe(actor, `gate ${op.gate}`, `gate ${op.gate}`, () => wait(promise, limits));
        break;
      }
      case 'wait settled':
        this.#observe(actor, op.kind, op.kind, () => wait(settled(op.kind)));
        break;
      case 'yield':
        this.#observe(actor, 'yield', undefined, () => this.#yieldNow());
        break;
      case 'throw':
        throw new Error(`thrown by ${actor.id}`);
      case 'try':
        try {
          this.#runBody(actor, op.body);
        } catch (error) {
          if (!op.swallow) throw error;
          this.#log(actor, `swallows ${describeError(error)}`);
        } finally {
          this.#log(actor, 'cleans up');
          this.#runBody(actor, op.cleanup);
        }
        break;
      case 'shield':
        shield({ timeout: FAR_MS }, () => this.#runBody(actor, op.body));
        break;
      case 'withTimeout':
        withTimeout(FAR_MS, () => this.#runBody(actor, op.body));
        break;
      case 'store': {
        const store = `${actor.store}/${actor.id}`;
        this.#inStore({ ...actor, store }, op.body, (fn) => storage.run(store, fn));
        this.#checkStore(actor);
        break;
      }
      case 'shared resource': {
        // Entered again, it has the store that was set meanwhile: on Node 20 and 22 stores live on resources.
        const store = actor.inSharedResource ? sharedResource.runInAsyncScope(() => storage.getStore()) : SHARED_STORE;
        const inside = { ...actor, store: store ?? '', inSharedResource: true };
        this.#inStore(inside, op.body, (fn) => sharedResource.runInAsyncScope(fn));
        this.#checkStore(actor);
        break;
      }
      case 'start':
        this.#startAndJoin(actor, op.task);
        break;
      default:
        this.#act(op, actor);
    }
  }

  #observe(actor: TaskActor, what: string, expected: string | undefined, fn: () => unknown): void {
    try {
      const value = fn();
      this.#log(actor, `${what}: ${value === expected ? 'ok' : value}`);
    } catch (error) {
      this.#log(actor, `${what}: ${describeError(error)}`);
      throw error;
    } finally {
      this.#checkStore(actor);
    }
  }

  #checkStore(actor: TaskActor): void {
    const store = storage.getStore() ?? '';
    if (store !== actor.store) this.#log(actor, `sees the store '${store}' for '${actor.store}'`);
  }

  #inStore(inside: TaskActor, body: readonly Op[], enter: (fn: () => void) => void): void {
    enter(() => {
      this.#checkStore(inside);
      this.#runBody(inside, body);
    });
  }

  #startAndJoin(actor: TaskActor, start: Start): void {
    const task = this.#start(actor, start);
    const expected = `value of ${actor.children.last}`;
    if (start.join && mayJoin(actor, start.place)) this.#observe(actor, 'join', expected, () => wait(task));
  }

  #yieldNow(): void {
    this.#yielding++;
    try {
      yieldNow();
    } finally {
      this.#yielding--;
    }
  }
}

class OwnPromise<T> extends Promise<T> {}

function settled(kind: SettledKind): unknown {
  switch (kind) {
    case 'value':
      return kind;
    case 'promise':
      return Promise.resolve(kind);
    case 'rejection':
      return Promise.reject(new Error(kind));
    case 'subclass':
      return OwnPromise.resolve(kind);
    case 'thenable':
      return thenable((resolve) => resolve(kind));
    case 'rejecting thenable':
      return thenable((_, reject) => reject(new Error(kind)));
    case 'throwing thenable':
      return thenable(() => {
        throw new Error(kind);
      });
    case 'thenable that settles twice':
      return thenable((resolve, reject) => {
        resolve(kind);
        setImmediate(resolve, 'the second value');
        reject(new Error('too late'));
      });
  }
}

/** An error by a name that is the same in every run. */
function describeError(error: unknown): string {
  if (error instanceof CancelledError) return `cancelled ${error.reason}`;
  const { code, message } = error as { code?: string; message: string };
  return code ?? message;
}
