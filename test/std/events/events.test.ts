// Events waited for in sync style.

import events, { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';

import { run, spawn } from '../../../src/index.ts';
import greenEvents, * as green from '../../../src/std/events/index.ts';
import { eventsOf, waitFor } from '../../../src/std/events/index.ts';

const withCode = (code: string) => expect.objectContaining({ code });
const listeners = (emitter: EventEmitter): number =>
  emitter.eventNames().reduce((count, name) => count + emitter.listenerCount(name), 0);

describe('greenroom/std/events', () => {
  it('is node:events, with what is green beside it', () => {
    for (const name of Object.keys(events)) expect(green, name).toHaveProperty(name);
    expect(greenEvents).toBe(events);
    expect([green.once, green.on, green.EventEmitter]).toEqual([events.once, events.on, events]);
    expect(green.replacedNames).toEqual([]);
  });
});

describe('waitFor()', () => {
  it("gives an event's arguments, of an emitter or a target, and takes its listeners away", async () => {
    const emitter = new EventEmitter();
    setImmediate(() => emitter.emit('ready', 1, 'two'));
    expect(await run(() => waitFor(emitter, 'ready'))).toEqual([1, 'two']);
    expect(listeners(emitter)).toBe(0);
    const target = new EventTarget();
    setImmediate(() => target.dispatchEvent(new Event('ready')));
    expect(await run(() => waitFor(target, 'ready'))).toEqual([expect.any(Event)]);
  });

  it("throws an 'error', unless it is what is waited for", async () => {
    const emitter = new EventEmitter();
    const fail = () => emitter.emit('error', new Error('on purpose'));
    setImmediate(fail);
    await expect(run(() => waitFor(emitter, 'ready'))).rejects.toMatchObject({
      message: 'on purpose',
      stack: expect.stringContaining('waited for by'),
    });
    setImmediate(fail);
    expect(await run(() => waitFor(emitter, 'error'))).toEqual([expect.any(Error)]);
    expect(listeners(emitter)).toBe(0);
  });

  it('gives up, and takes its listeners away', async () => {
    const emitter = new EventEmitter();
    await run(() => {
      expect(() => waitFor(emitter, 'ready', { timeout: 5 })).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
      expect(() => waitFor(emitter, 'ready', { signal: AbortSignal.timeout(5) })).toThrow(
        withCode('GREEN_ERR_CANCELLED'),
      );
      const aborted = { signal: AbortSignal.abort() };
      expect(() => waitFor(emitter, 'ready', aborted)).toThrow(withCode('GREEN_ERR_CANCELLED'));
    });
    const task = spawn(() => waitFor(emitter, 'ready'));
    expect(listeners(emitter)).toBe(2);
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(listeners(emitter)).toBe(0);
  });

  it("refuses as Node's once() does, and to block", async () => {
    await expect(run(() => waitFor({} as never, 'ready'))).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(run(() => waitFor(new EventEmitter(), 'x', { timeout: 0 }))).rejects.toMatchObject({
      code: 'GREEN_ERR_OPT_INVALID',
    });
    const emitter = new EventEmitter();
    expect(() => waitFor(emitter, 'ready')).toThrow(withCode('GREEN_ERR_WAIT_OUTSIDE_CONTEXT'));
    expect(listeners(emitter)).toBe(0);
  });
});

describe('eventsOf()', () => {
  it('gives every event from the call on, until one that closes it', async () => {
    const emitter = new EventEmitter();
    const all = run(() => {
      const found = eventsOf(emitter, 'item', { close: ['end'] });
      emitter.emit('item', 'before the first step');
      setImmediate(() => {
        emitter.emit('item', 1, 2);
        emitter.emit('item', 3);
        emitter.emit('end');
      });
      return [...found];
    });
    expect(await all).toEqual([['before the first step'], [1, 2], [3]]);
    expect(listeners(emitter)).toBe(0);
  });

  it('takes its listeners away when the loop ends early, and by using', async () => {
    const emitter = new EventEmitter();
    await run(() => {
      setImmediate(() => emitter.emit('item', 1));
      for (const [item] of eventsOf(emitter, 'item')) {
        expect(item).toBe(1);
        break;
      }
      using open = eventsOf(emitter, 'item');
      setImmediate(() => emitter.emit('item', 2));
      expect([open.next().value, listeners(emitter)]).toEqual([[2], 2]);
    });
    expect(listeners(emitter)).toBe(0);
  });

  it('takes its listeners away when a step ends the loop: cancelled, aborted, out of time', async () => {
    const emitter = new EventEmitter();
    const task = spawn(() => [...eventsOf(emitter, 'item')]);
    expect(listeners(emitter)).toBe(2);
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(listeners(emitter)).toBe(0);
    await run(() => {
      for (const limits of [{ timeout: 5 }, { signal: AbortSignal.timeout(5) }]) {
        expect(() => {
          for (const _ of eventsOf(emitter, 'item', limits));
        }).toThrow();
        expect(listeners(emitter)).toBe(0);
      }
    });
  });

  it('loses no event to a step that gave up', async () => {
    const emitter = new EventEmitter();
    await run(() => {
      using found = eventsOf(emitter, 'item', { timeout: 10 });
      expect(() => found.next()).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
      expect(() => found.next()).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
      emitter.emit('item', 'a');
      emitter.emit('item', 'b');
      expect([found.next().value, found.next().value]).toEqual([['a'], ['b']]);
    });
  });

  it("throws an 'error', once, and Node's own for bad arguments", async () => {
    const emitter = new EventEmitter();
    await run(() => {
      using found = eventsOf(emitter, 'item');
      setImmediate(() => emitter.emit('error', new Error('on purpose')));
      expect(() => found.next()).toThrow('on purpose');
      expect(found.next().done).toBe(true);
      expect(() => eventsOf({} as never, 'item')).toThrow(withCode('ERR_INVALID_ARG_TYPE'));
      expect(() => eventsOf(emitter, 'item', { timeout: 0 })).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
    });
    expect(listeners(emitter)).toBe(0);
    expect(() => eventsOf(emitter, 'item').next()).toThrow(withCode('GREEN_ERR_WAIT_OUTSIDE_CONTEXT'));
  });
});
