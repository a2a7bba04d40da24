// Bytes in a queue; how they are cut is tested through green streams and sockets.

import { describe, expect, it, vi } from 'vitest';

import { ByteQueue } from '../../src/std/byte-queue.ts';

describe('ByteQueue', () => {
  it('joins bytes that come one by one, so that a peer who sends them so makes no search slow', () => {
    const queue = new ByteQueue();
    const expected = Buffer.alloc(20_000, '\r');
    expected[19_999] = 10;
    for (const byte of expected) queue.push(Buffer.from([byte]));
    const search = vi.spyOn(Buffer.prototype, 'indexOf');
    expect(queue.indexOf(10, 0)).toBe(19_999);
    expect(search.mock.calls.length).toBeLessThan(10);
    search.mockRestore();
    expect(queue.indexOfAll(Buffer.from('\r\n'), 0)).toBe(19_998);
    expect([queue.bytes, queue.take(3), queue.take(19_997), queue.bytes]).toEqual([
      20_000,
      Buffer.from('\r\r\r'),
      expected.subarray(3),
      0,
    ]);
  });

  it('does not copy what is there again and again for that', () => {
    const queue = new ByteQueue();
    const concat = vi.spyOn(Buffer, 'concat');
    for (let n = 0; n < 20_000; n++) queue.push(Buffer.from('x'));
    const copied = concat.mock.results.reduce((sum, { value }) => sum + (value as Buffer).length, 0);
    concat.mockRestore();
    expect(copied).toBeLessThanOrEqual(20_000 * 12);
    expect(queue.take(20_000)).toEqual(Buffer.alloc(20_000, 'x'));
  });

  it('does not copy what comes in large chunks', () => {
    const queue = new ByteQueue();
    const chunks = [Buffer.alloc(5000, 'a'), Buffer.alloc(5000, 'b')];
    for (const chunk of chunks) queue.push(chunk);
    expect(queue.take(5000)).toBe(chunks[0]);
    expect(queue.take(5000)).toBe(chunks[1]);
  });
});
