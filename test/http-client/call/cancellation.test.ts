import { describe, expect, it } from 'vitest';

import type { HttpClient } from '../../../src/http-client/index.ts';
import { isCancelled } from '../../../src/index.ts';
import { GreenPool, run, shield, spawn, wait, withTimeout } from '../../../src/pool/index.ts';
import { send, server as startApp, until as untilTurn } from '../../middleware/servers.ts';
import { failureOf } from '../both-modes.ts';
import { deferred, startFaultServer } from '../servers.ts';
import { inEachMode, newAsyncClient, newGreenClient, until } from './modes.ts';
import { GREEN_PHASES, PHASES, type StuckCall, stuckCall } from './phases.ts';

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What happens to a handler that makes the call. */
function handler(client: HttpClient<boolean>, call: StuckCall, events: unknown[]): () => void {
  return () => {
    try {
      call.begin(client);
      events.push('returned');
    } catch (error) {
      events.push((error as { code: string }).code, (error as { reason?: string }).reason);
      throw error;
    } finally {
      wait(later());
      events.push('finally');
    }
  };
}

for (const phase of GREEN_PHASES) {
  describe(`a call ${phase}`, () => {
    it('ends when its task is cancelled, in place, and is taken off the wire', async () => {
      const call = await stuckCall(phase);
      const client = newGreenClient(call.clientOptions);
      const events: unknown[] = [];
      const task = spawn(handler(client, call, events));
      await call.stuck;
      task.cancel();
      expect(isCancelled(await failureOf(Promise.resolve(task)))).toBe(true);
      expect(events).toEqual(['GREEN_ERR_CANCELLED', 'explicit', 'finally']);
      await call.gone;
      await until(() => client.stats().inFlight === 0);
      await client.close();
    });

    it('ends with withTimeout()', async () => {
      const call = await stuckCall(phase);
      const client = newGreenClient(call.clientOptions);
      const error = await failureOf(run(() => withTimeout(100, () => call.begin(client))));
      expect(error['code']).toBe('GREEN_ERR_WAIT_TIMEOUT');
      await client.close();
    });

    it('ends with its pool', async () => {
      const call = await stuckCall(phase);
      const client = newGreenClient(call.clientOptions);
      const events: unknown[] = [];
      const pool = new GreenPool();
      const failed = failureOf(pool.submit(handler(client, call, events)));
      await call.stuck;
      await pool.shutdown({ drain: 1 });
      expect(isCancelled(await failed)).toBe(true);
      expect(events).toEqual(['GREEN_ERR_CANCELLED', 'shutdown', 'finally']);
      await call.gone;
      await client.close();
    });

    it('leaves nothing behind when its context is destroyed', async () => {
      const call = await stuckCall(phase);
      const client = newGreenClient(call.clientOptions);
      const pool = new GreenPool({ cleanupTimeout: 1 });
      const lost = failureOf(pool.submit(() => shield({ timeout: 60_000 }, () => call.begin(client))));
      await call.stuck;
      await pool.shutdown({ drain: 1 });
      await lost;
      await call.gone;
      await client.close();
      expect(client.stats().inFlight).toBe(0);
    });
  });
}

for (const phase of PHASES) {
  describe(`a call ${phase}`, () => {
    inEachMode('ends when its signal is aborted', async ({ newClient, call }) => {
      const stuck = await stuckCall(phase);
      const client = newClient(stuck.clientOptions);
      const aborter = new AbortController();
      const failed = failureOf(call(() => stuck.begin(client, { signal: aborter.signal })));
      await stuck.stuck;
      const reason = new Error('why');
      aborter.abort(reason);
      const error = await failed;
      expect(error).toMatchObject({ code: 'GREEN_ERR_CANCELLED', reason: 'explicit', cause: reason });
      await stuck.gone;
      await client.close();
    });
  });
}

describe('a signal', () => {
  inEachMode('that is aborted already ends the call before anything is sent', async ({ newClient, call }) => {
    const server = await startFaultServer(() => {});
    const error = await failureOf(call(() => newClient().get(server.url, { signal: AbortSignal.abort() })));
    expect([error['code'], server.connections]).toEqual(['GREEN_ERR_CANCELLED', 0]);
  });

  inEachMode('has no listener left when the call has ended', async ({ newClient, call }) => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (type: string, listener: never) => {
      listeners.add(listener);
      add(type, listener);
    };
    signal.removeEventListener = (type: string, listener: never) => {
      listeners.delete(listener);
      remove(type, listener);
    };
    const app = await startApp();
    app.get('/', () => 'ok');
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const client = newClient();
    await call(() => client.get(url, { signal }));
    const streamed = await call(() => client.get(url, { signal, stream: true }));
    await streamed.body.toArray();
    expect(listeners.size).toBe(0);
  });
});

describe('a promise of a call', () => {
  it('is not cancelled with the green task that made it', async () => {
    const app = await startApp();
    app.get('/', () => 'ok');
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const client = newAsyncClient();
    const called = deferred<Promise<{ text(): string }>[]>();
    const task = spawn(() => {
      called.resolve([client.get(url)]);
      wait(new Promise(() => {}));
    });
    const [answer] = await called.promise;
    task.cancel();
    await failureOf(Promise.resolve(task));
    expect((await answer)?.text()).toBe('ok');
  });
});

describe('in a green route', () => {
  for (const phase of ['before the headers', 'in the body', 'in a streamed body', 'while it sends a body']) {
    it(`a call ${phase} ends with the client of the route`, async () => {
      const call = await stuckCall(phase);
      const client = newGreenClient(call.clientOptions);
      const events: unknown[] = [];
      const app = await startApp();
      app.get('/', { green: true }, handler(client, call, events));
      const socket = await send(app, '/');
      await call.stuck;
      socket.destroy();
      await call.gone;
      await untilTurn(() => app.green.pool().stats.active === 0);
      expect(events).toEqual(['GREEN_ERR_CANCELLED', 'disconnect', 'finally']);
      await client.close();
    });

    it(`a call ${phase} ends with the deadline of the route`, async () => {
      const call = await stuckCall(phase);
      const client = newGreenClient(call.clientOptions);
      const events: unknown[] = [];
      const app = await startApp();
      app.get('/', { green: { timeout: 600 } }, handler(client, call, events));
      const response = await app.inject('/');
      expect([response.statusCode, response.json().code]).toEqual([503, 'GREEN_ERR_REQUEST_TIMEOUT']);
      await untilTurn(() => app.green.pool().stats.active === 0);
      expect(events).toEqual(['GREEN_ERR_CANCELLED', 'deadline', 'finally']);
      await client.close();
    });
  }
});
