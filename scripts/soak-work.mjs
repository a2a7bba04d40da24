// What the soak does, over and over: random tasks that wait, throw, time out, are cancelled and nest. Each has an outcome
// that is known beforehand and is checked, as are the values and the AsyncLocalStorage stores it meets on its way.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { dumpContexts, GreenPool, isCancelled, run, shield, spawn, wait, withTimeout, yieldNow } from 'greenroom';
import { checkShared, closeShared, STD_SCENARIOS } from './soak-std.mjs';

const POOLS = 3;
const WORKERS = 40;
const ONE_STD_IN = 8; // those take ten times as long

const storage = new AsyncLocalStorage();
const later = (value) => new Promise((resolve) => setImmediate(resolve, value));
const failing = (error) => new Promise((_, reject) => setImmediate(reject, error));
const never = () => new Promise(() => {});

export class SoakWork {
  tasks = 0;
  waits = 0;
  cancellations = 0;
  timeouts = 0;
  throws = 0;
  /** How much work the pools were given. */
  #submitted = 0;
  #random;
  #pools = Array.from({ length: POOLS }, (_, index) => new GreenPool({ name: `soak ${index}`, maxWorkers: WORKERS }));

  constructor(random) {
    this.#random = random;
  }

  /** One random task, from its start to its end. */
  async once() {
    const scenario = this.#pick(this.below(ONE_STD_IN) === 0 ? STD_SCENARIOS : SCENARIOS);
    const id = ++this.tasks;
    await storage.run({ id }, () => scenario.call(this, id));
  }

  /** Throws unless the pools have ended each task they were given, once. To be called when nobody works. */
  async check() {
    await checkShared();
    const stats = this.#pools.map((pool) => pool.stats);
    const sum = (count) => stats.reduce((total, each) => total + each[count], 0);
    assert.equal(sum('completed') + sum('failed'), this.#submitted, 'a task got lost, or ended twice');
    assert.equal(sum('active') + sum('queued') + sum('rejected') + sum('discarded'), 0);
    assert.ok(dumpContexts().contexts.every(({ state }) => state === 'idle'));
  }

  async shutdown() {
    await Promise.all(this.#pools.map((pool) => pool.shutdown({ drain: 10_000 })));
    await closeShared();
  }

  /** A whole number from 0 to `count` - 1. */
  below(count) {
    return Math.floor(this.#random() * count);
  }

  /** In some pool. */
  submit(fn, options) {
    return this.submitTo(this.below(POOLS), fn, options);
  }

  submitTo(pool, fn, options) {
    this.#submitted++;
    let runs = 0;
    const once = () => {
      assert.equal(++runs, 1, 'a task ran twice');
      return fn();
    };
    return this.#pools[pool].submit(once, options);
  }

  map(items, fn) {
    this.#submitted += items.length;
    return this.#pick(this.#pools).map(items, fn);
  }

  /** Waits for `promise`, and looks whether the store is still that of task `id`. */
  wait(id, promise, options) {
    this.waits++;
    try {
      return wait(promise, options);
    } finally {
      assert.equal(storage.getStore().id, id, 'a store got lost');
    }
  }

  #pick(list) {
    return list[this.below(list.length)];
  }
}

/** Each fails the soak by rejecting. */
const SCENARIOS = [
  async function severalWaits(id) {
    const count = 1 + this.below(20);
    const sum = await this.submit(() => {
      let total = 0;
      for (let i = 0; i < count; i++) total += this.wait(id, i % 3 === 0 ? later(i) : Promise.resolve(i));
      return total;
    });
    assert.equal(sum, (count * (count - 1)) / 2);
  },
  async function waitsBelowBuiltIns(id) {
    const list = await this.submit(() =>
      [3, 1, 2].sort((a, b) => this.wait(id, later(a - b))).map((n) => this.wait(id, later(n * id))),
    );
    assert.deepEqual(list, [id, 2 * id, 3 * id]);
  },
  async function rejection(id) {
    const reason = new Error(`of task ${id}`);
    this.throws++;
    await assert.rejects(
      this.submit(() => this.wait(id, failing(reason))),
      (error) => error === reason,
    );
  },
  async function waitThatTimesOut(id) {
    this.timeouts++;
    await this.submit(() => {
      assert.throws(() => this.wait(id, never(), { timeout: 1 + this.below(5) }), { code: 'GREEN_ERR_WAIT_TIMEOUT' });
      assert.equal(this.wait(id, later('goes on')), 'goes on');
    });
  },
  async function outcomeOrTimeout(id) {
    await this.submit(() => {
      try {
        const slow = new Promise((resolve) => setTimeout(resolve, this.below(4), id));
        assert.equal(this.wait(id, slow, { timeout: 1 + this.below(3) }), id);
      } catch (error) {
        assert.equal(error.code, 'GREEN_ERR_WAIT_TIMEOUT');
        this.timeouts++;
      }
    });
  },
  async function withTimeoutAndCleanUp(id) {
    this.timeouts++;
    let cleaned = 0;
    await run(() => {
      const work = () => {
        try {
          this.wait(id, never());
        } finally {
          cleaned += this.wait(id, later(1));
        }
      };
      assert.throws(() => withTimeout(1 + this.below(5), work), { code: 'GREEN_ERR_WAIT_TIMEOUT' });
    });
    assert.equal(cleaned, 1);
  },
  async function cancelled(id) {
    this.cancellations++;
    let cleaned = 0;
    const task = spawn(() => {
      try {
        for (;;) this.wait(id, later());
      } finally {
        cleaned += this.wait(id, later(1));
      }
    });
    for (let turns = this.below(4); turns > 0; turns--) await later();
    assert.equal(task.cancel('disconnect'), true);
    await assert.rejects(task.promise, isCancelled);
    assert.equal(cleaned, 1);
  },
  async function abortedQueuedOrRunning(id) {
    this.cancellations++;
    const controller = new AbortController();
    const task = this.submit(() => this.wait(id, never()), { signal: controller.signal, timeout: 60_000 });
    for (let turns = this.below(3); turns > 0; turns--) await later();
    controller.abort();
    await assert.rejects(task, isCancelled);
  },
  async function lateOutcome(id) {
    this.cancellations++;
    let settle;
    const promise = new Promise((resolve, reject) => {
      settle = this.below(2) === 0 ? resolve : reject;
    });
    const task = spawn(() => this.wait(id, promise));
    task.cancel();
    settle(new Error('late'));
    await assert.rejects(task.promise, isCancelled);
    assert.equal(await run(() => this.wait(id, later(id))), id);
  },
  async function shielded(id) {
    this.cancellations++;
    let committed = 0;
    const task = spawn(() => {
      shield({}, () => {
        committed += this.wait(id, later(1));
      });
      yieldNow();
    });
    task.cancel('shutdown');
    await assert.rejects(task.promise, isCancelled);
    assert.equal(committed, 1);
  },
  async function nested(id) {
    // Always in this direction, or the two pools could wait for each other.
    const value = await this.submitTo(0, () => {
      const elsewhere = this.wait(
        id,
        this.submitTo(1, () => this.wait(id, later(1))),
      );
      const spawned = this.wait(
        id,
        spawn(() => this.wait(id, later(2))),
      );
      return elsewhere + spawned;
    });
    assert.equal(value, 3);
  },
  async function parallel(id) {
    const items = Array.from({ length: this.below(10) }, (_, index) => index);
    const results = await this.map(items, (item) => this.wait(id, later(item + id)));
    assert.deepEqual(
      results,
      items.map((item) => item + id),
    );
  },
  async function deepStack(id) {
    const depth = this.below(500);
    const descend = (level) => (level === 0 ? this.wait(id, later(id)) : descend(level - 1));
    assert.equal(await this.submit(() => descend(depth)), id);
  },
  async function overflow(id) {
    if (this.below(20) > 0) return; // slow
    const endless = () => endless() + 1;
    this.throws++;
    await assert.rejects(this.submit(endless), RangeError);
    assert.equal(await this.submit(() => this.wait(id, later(id))), id);
  },
];
