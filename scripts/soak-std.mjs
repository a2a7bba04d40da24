// What the soak does with greenroom's own blocking calls: what contexts share, files, compressed data, sockets, children.
// As in soak-work.mjs, each scenario has an outcome that is known beforehand, whoever else is cancelled meanwhile.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imapUnordered, isCancelled, map, race, run, spawn } from 'greenroom';
import { execFileSync } from 'greenroom/std/child_process';
import { readFileSync, writeFileSync } from 'greenroom/std/fs';
import { greenConnect, greenServe } from 'greenroom/std/net';
import { gunzipSync, gzipSync } from 'greenroom/std/zlib';
import { Condition, Lock, Queue, RwLock, Semaphore } from 'greenroom/sync';

const PERMITS = 5;
const TALKS = 100; // at once: the system keeps a few hundred connections waiting to be accepted
const FILES = 4;
const ONE_CHILD_IN = 300; // a fork takes the loop some 10 ms

const later = (value) => new Promise((resolve) => setImmediate(resolve, value));
const never = () => new Promise(() => {});

const lock = new Lock({ name: 'soak' });
const rwLock = new RwLock({ name: 'soak' });
const semaphore = new Semaphore(PERMITS, { name: 'soak' });
const line = new Semaphore(TALKS, { name: 'line' });
const condition = new Condition({ name: 'soak' });
const inside = { lock: 0, semaphore: 0, readers: 0, writers: 0 };
const folder = mkdtempSync(join(tmpdir(), 'greenroom-soak-'));
const echo = greenServe(
  (socket) => {
    for (let line = socket.readLine(); line !== null; line = socket.readLine()) socket.write(`${line}\n`);
  },
  { path: join(folder, 'echo') }, // no port: each connection would keep one for a minute
);
await echo.listening;

/** Throws unless all that is shared has been given back. To be called when nobody works. */
export async function checkShared() {
  while (echo.stats.connections > 0) await later(); // the server hears of the end of a connection later than the client
  assert.deepEqual(inside, { lock: 0, semaphore: 0, readers: 0, writers: 0 });
  assert.deepEqual([lock.stats.waiting, lock.locked, condition.stats.waiting], [0, false, 0]);
  assert.deepEqual([semaphore.stats.waiting, semaphore.stats.available], [0, PERMITS]);
  assert.deepEqual([rwLock.stats.waiting, rwLock.stats.readers, rwLock.stats.writing], [0, 0, false]);
}

export async function closeShared() {
  await echo.close();
  rmSync(folder, { recursive: true });
}

/** Holds `what` while it waits; at most `most` may do so at once. */
function alone(soak, id, what, most) {
  inside[what]++;
  try {
    assert.ok(inside[what] <= most, `too many hold a ${what}`);
    soak.wait(id, later());
  } finally {
    inside[what]--;
  }
}

/** Tasks that do `fn`, half of which are cancelled at some time. */
async function someCancelled(soak, fn) {
  const tasks = Array.from({ length: 4 }, () => spawn(fn));
  const outcomes = Promise.allSettled(tasks.map(({ promise }) => promise));
  for (const task of tasks) {
    for (let turns = soak.below(3); turns > 0; turns--) await later();
    if (soak.below(2) === 0 && task.cancel()) soak.cancellations++;
  }
  for (const { reason } of await outcomes) if (reason !== undefined && !isCancelled(reason)) throw reason;
}

export const STD_SCENARIOS = [
  async function holdsLock(id) {
    await someCancelled(this, () => {
      const guard = lock.acquire();
      try {
        alone(this, id, 'lock', 1);
      } finally {
        guard.release();
      }
    });
  },
  async function holdsPermit(id) {
    await someCancelled(this, () => {
      semaphore.acquire({ timeout: 60_000 });
      try {
        alone(this, id, 'semaphore', PERMITS);
      } finally {
        semaphore.release();
      }
    });
  },
  async function readsOrWrites(id) {
    const writes = this.below(4) === 0;
    await someCancelled(this, () => {
      const guard = writes ? rwLock.write() : rwLock.read();
      try {
        assert.equal(inside.writers, 0);
        alone(this, id, writes ? 'writers' : 'readers', writes ? 1 : Number.POSITIVE_INFINITY);
      } finally {
        guard.release();
      }
    });
  },
  async function waitsForNews(id) {
    let news = false;
    const task = spawn(() => {
      const guard = condition.acquire();
      try {
        condition.waitFor(() => news, { timeout: 60_000 });
      } finally {
        guard.release();
      }
    });
    await run(() => {
      this.wait(id, later());
      const guard = condition.acquire();
      news = true;
      condition.notifyAll();
      guard.release();
    });
    await task.promise;
  },
  async function passesItems() {
    const queue = new Queue({ maxSize: 2 });
    const count = 1 + this.below(8);
    const idler = spawn(() => queue.get()); // first in line; cancelled, perhaps after it has been given an item
    const outcome = Promise.allSettled([idler.promise]);
    const producer = spawn(() => {
      for (let item = 0; item < count; item++) queue.put(item);
    });
    if (this.below(2) === 0) await later();
    idler.cancel();
    const [{ status }] = await outcome;
    const stolen = status === 'fulfilled' ? 1 : 0;
    const taken = await run(() => {
      const items = [];
      while (items.length < count - stolen) items.push(queue.get({ timeout: 60_000 }));
      return items;
    });
    assert.deepEqual(
      taken,
      Array.from({ length: count - stolen }, (_, index) => index + stolen),
    );
    await producer.promise;
  },
  async function manySideBySide(id) {
    const items = Array.from({ length: 8 }, (_, index) => index);
    await run(() => {
      assert.deepEqual(
        map((item) => this.wait(id, later(item * 2)), items, { concurrency: 3 }),
        items.map((item) => item * 2),
      );
      for (const item of imapUnordered((each) => this.wait(id, later(each)), items)) if (item === 3) break;
      assert.equal(race([() => this.wait(id, never()), () => this.wait(id, later(id))]), id);
    });
  },
  async function sharesFile(id) {
    const file = join(folder, `${this.below(FILES)}.json`);
    await someCancelled(this, () => {
      writeFileSync(file, JSON.stringify({ id, text: 'x'.repeat(this.below(20_000)), end: id }));
      const { id: first, end } = JSON.parse(readFileSync(file, 'utf8'));
      assert.equal(first, end, 'a file was torn');
    });
  },
  async function compresses(id) {
    const text = `${id} `.repeat(4_000);
    await someCancelled(this, () => assert.equal(gunzipSync(gzipSync(text)).toString(), text));
  },
  async function talks(id) {
    await someCancelled(this, () => {
      const guard = line.acquire();
      try {
        const socket = greenConnect({ path: join(folder, 'echo') }); // closed with the task
        for (const text of [`${id}`, 'again']) {
          socket.write(`${text}\n`);
          assert.equal(socket.readLine(), text);
        }
      } finally {
        guard.release();
      }
    });
  },
  async function startsChild(id) {
    if (this.below(ONE_CHILD_IN) > 0) return;
    const text = await run(() => execFileSync('echo', [`${id}`], { encoding: 'utf8' }));
    assert.equal(text, `${id}\n`);
  },
];
