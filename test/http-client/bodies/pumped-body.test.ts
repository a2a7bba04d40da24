import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';

import { bodyOf } from '../../../src/http-client/bodies/body-of.ts';
import { PumpedBody } from '../../../src/http-client/bodies/pumped-body.ts';
import type { OutgoingBody } from '../../../src/http-client/bodies/request-body.ts';
import { GreenPool, inContext, run, shield, spawn, wait } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { deferred, startFaultServer, startServer, unusedPort } from '../servers.ts';
import { startReceiver } from './receive.ts';
import { send, sendHere } from './send.ts';

const KIB_16: Buffer = Buffer.alloc(16_384, 'x');

/** What a generator went through, in order. */
class Witness extends EventEmitter {
  readonly events: string[] = [];

  note(event: string): void {
    this.events.push(event);
    this.emit(event);
  }
}

describe('a generator as the body of a green call', () => {
  it('is run in the context of the call, and may wait there', async () => {
    const { url, received } = await startReceiver();
    function* chunks(): Generator<string> {
      for (const word of ['one ', 'two ', 'three']) {
        expect(inContext()).toBe(true);
        yield wait(new Promise<string>((resolve) => setImmediate(resolve, word)));
      }
      wait(Promise.resolve());
    }
    expect((await send(true, url, { body: chunks() })).status).toBe(200);
    expect(received[0]?.text).toBe('one two three');
  });

  it('may be a part among others', async () => {
    const { url, received } = await startReceiver();
    const { part } = await import('../../../src/http-client/bodies/multipart.ts');
    function* chunks(): Generator<string> {
      yield wait(Promise.resolve('a '));
      yield wait(Promise.resolve('b'));
    }
    await send(true, url, { multipart: { before: 'x', streamed: part(chunks), blob: new Blob(['c']) } });
    expect(received[0]?.text).toMatch(/\r\n\r\nx\r\n--.*\r\n\r\na b\r\n--.*\r\n\r\nc\r\n--/s);
  });

  it('is not started before there is a connection', async () => {
    let started = false;
    function* chunks(): Generator<string> {
      started = true;
      yield 'x';
    }
    const body = chunks();
    const { failure } = await send(true, `http://127.0.0.1:${await unusedPort()}/`, { body });
    expect([started, failure]).toEqual([false, expect.objectContaining({ code: 'ECONNREFUSED' })]);
    const { url, received } = await startReceiver();
    await send(true, url, { body });
    expect(received[0]?.text).toBe('x');
  });

  it('does not run ahead of a server that does not read', async () => {
    // What the kernel takes for a socket that nobody reads differs; the rest is a few times 64 KiB.
    const AHEAD = 32 * 1024 * 1024;
    let made = 0;
    let reading = false;
    const started = deferred();
    let release = (): void => {};
    const { url } = await startServer((request, response) => {
      release = () => {
        reading = true;
        request.resume().on('end', () => response.end(String(made)));
      };
      started.resolve();
    });
    function* chunks(): Generator<Buffer> {
      for (; made < 2 * AHEAD; made += KIB_16.length) {
        if (made > AHEAD) expect(reading).toBe(true);
        yield KIB_16;
      }
    }
    const sent = send(true, url, { body: chunks() });
    await started.promise;
    // Until it makes no more: it must stop by itself.
    for (let before = -1, turns = 0; turns < 20; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (before !== made) turns = 0;
      before = made;
    }
    expect(made).toBeLessThan(AHEAD);
    release();
    expect(await sent).toMatchObject({ status: 200, failure: undefined });
    expect(made).toBe(2 * AHEAD);
  });

  it('throws its own error in the call, and what was sent of it is no whole request', async () => {
    const { url, received } = await startReceiver();
    const own = new Error('mine');
    function* chunks(): Generator<string> {
      yield 'x';
      wait(Promise.reject(own));
    }
    expect(await failureOf(send(true, url, { body: chunks() }))).toBe(own);
    function* strange(): Generator<string> {
      yield 'x';
      throw 'not an error';
    }
    await expect(send(true, url, { body: strange() })).rejects.toBe('not an error');
    expect(received).toEqual([]);
  });

  it('is closed in the context, where it may wait, when the answer comes early', async () => {
    for (const close of ['connection: close\r\n', '']) {
      const { url } = await startFaultServer((socket, head) => {
        if (head.startsWith('POST')) socket.write(`HTTP/1.1 413 Too Large\r\n${close}content-length: 0\r\n\r\n`);
        if (head.startsWith('POST') && close !== '') socket.end();
      });
      const witness = new Witness();
      const result = await run(() => sendHere(url, { body: endless(witness) }));
      expect(result).toMatchObject({ status: 413, failure: undefined });
      expect(witness.events).toEqual(['started', 'closing', 'closed']);
    }
  });

  it('is closed when the connection breaks', async () => {
    const { url } = await startFaultServer((socket) => socket.resetAndDestroy());
    const witness = new Witness();
    const { failure, bodyFailure } = await send(true, url, { body: endless(witness) });
    expect([failure, bodyFailure]).toEqual([expect.any(Error), undefined]);
    expect(witness.events).toEqual(['started', 'closing', 'closed']);
  });

  it('is told when the request ends while it waits, so that the call can end', async () => {
    const { url } = await startReceiver();
    const witness = new Witness();
    function* chunks(): Generator<string> {
      yield 'x';
      try {
        witness.note('waiting');
        wait(new Promise(() => {}));
      } catch (error) {
        witness.note((error as { code: string }).code);
        throw error;
      } finally {
        wait(Promise.resolve());
        witness.note('closed');
      }
    }
    const sent = send(true, url, { body: chunks() }, { abortAfter: once(witness, 'waiting') });
    expect((await sent).failure).toBe('aborted');
    expect(witness.events).toEqual(['waiting', 'GREEN_ERR_CANCELLED', 'closed']);
  });

  it('is closed when the request ends while it waits to be read', async () => {
    const stalled = deferred();
    const { url } = await startServer(() => stalled.resolve()); // never reads
    const witness = new Witness();
    const sent = send(true, url, { body: endless(witness) }, { abortAfter: stalled.promise });
    expect((await sent).failure).toBe('aborted');
    expect(witness.events).toEqual(['started', 'closing', 'closed']);
  });

  it('is closed, and the request taken off the wire, when the context is cancelled', async () => {
    const stalled = deferred();
    const gone = deferred();
    const { url } = await startServer((request) => {
      request.resume().socket.once('close', () => gone.resolve());
      stalled.resolve();
    });
    const witness = new Witness();
    const task = spawn(() => sendHere(url, { body: endless(witness) }));
    await stalled.promise;
    task.cancel();
    expect(await failureOf(Promise.resolve(task))).toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await gone.promise;
    expect(witness.events).toEqual(['started', 'closing', 'closed']);
  });

  it('does not keep the request alive when the context is destroyed', async () => {
    const stalled = deferred();
    const { url } = await startServer(() => stalled.resolve());
    const closed = deferred();
    const wrap = (opened: OutgoingBody): OutgoingBody => (opened as PumpedBody).once('close', () => closed.resolve());
    const pool = new GreenPool({ cleanupTimeout: 1 });
    const lost = pool.submit(() =>
      shield({ timeout: 60_000 }, () => sendHere(url, { body: () => endless(new Witness()) }, { wrap })),
    );
    await stalled.promise;
    await Promise.all([failureOf(lost), pool.shutdown({ drain: 1 })]);
    await closed.promise;
  });

  it('lets the code after the call wait as ever, however the request ended', async () => {
    const { url } = await startReceiver();
    const after = await run(() => {
      const waiting = deferred();
      function* chunks(): Generator<string> {
        yield 'x';
        waiting.resolve();
        wait(new Promise(() => {}));
      }
      sendHere(url, { body: chunks() }, { abortAfter: waiting.promise });
      return wait(Promise.resolve('after'));
    });
    expect(after).toBe('after');
  });

  it('cannot wait with a client of promises, whose call fails with its error', async () => {
    const { url } = await startReceiver();
    function* chunks(): Generator<string> {
      yield 'x';
      yield wait(Promise.resolve('y'));
    }
    const { failure, bodyFailure } = await send(false, url, { body: chunks() });
    expect(failure).toMatchObject({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' });
    expect(bodyFailure).toBe(failure);
  });
});

describe('PumpedBody', () => {
  it('is pumped in a context only', () => {
    const body = bodyOf({ body: ['x'].values() })?.open(true) as PumpedBody;
    expect(body).toBeInstanceOf(PumpedBody);
    expect(() => body.pump('http.post()')).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
    expect(body.destroyed).toBe(true);
  });

  it('does not begin when it was destroyed before', async () => {
    const witness = new Witness();
    const body = bodyOf({ body: endless(witness) })?.open(true) as PumpedBody;
    await run(() => {
      body.destroy();
      body.pump('http.post()');
    });
    expect(witness.events).toEqual([]);
  });
});

function* endless(witness: Witness): Generator<Buffer> {
  witness.note('started');
  try {
    for (;;) yield KIB_16;
  } finally {
    witness.note('closing');
    wait(new Promise((resolve) => setImmediate(resolve)));
    witness.note('closed');
  }
}
