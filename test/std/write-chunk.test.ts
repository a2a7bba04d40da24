import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';

import { describe, expect, it, vi } from 'vitest';

import { run } from '../../src/index.ts';
import { currentContext, type GreenContext } from '../../src/pool/index.ts';
import { writeChunk } from '../../src/std/write-chunk.ts';

const CHUNK = 'x'.repeat(64 * 1024);

/** A stream whose reader does not read. */
function stalled(): PassThrough {
  return new PassThrough({ highWaterMark: 10 });
}

describe('writeChunk()', () => {
  it('returns at once while there is room, and waits for the reader when there is none', async () => {
    const stream = stalled();
    const log: string[] = [];
    const task = run(() => {
      writeChunk(stream, 'short');
      log.push('at once');
      writeChunk(stream, 'longer than there is room for');
      log.push('drained');
    });
    expect(log).toEqual(['at once']);
    stream.resume();
    await task;
    expect(log).toEqual(['at once', 'drained']);
    expect(stream.listenerCount('drain') + stream.listenerCount('close')).toBe(0);
  });

  it("leaves the context's waiter to others while there is room", async () => {
    await run(() => {
      const takeWaiter = vi.spyOn(currentContext() as GreenContext, 'takeWaiter');
      writeChunk(stalled(), 'short');
      expect(takeWaiter).not.toHaveBeenCalled();
    });
  });

  it.each<[string, (stream: PassThrough) => void]>([
    ['ended', (stream) => stream.end()],
    ['destroyed', (stream) => stream.destroy()],
  ])('refuses a stream that is %s, which would never drain', async (_state, end) => {
    const stream = stalled();
    end(stream);
    await expect(run(() => writeChunk(stream, 'x'))).rejects.toMatchObject({ code: 'GREEN_ERR_STREAM_CLOSED' });
  });

  it('ends when the stream is closed meanwhile, or fails', async () => {
    const closed = stalled();
    const closing = run(() => writeChunk(closed, CHUNK));
    closed.destroy();
    await expect(closing).rejects.toMatchObject({ code: 'GREEN_ERR_STREAM_CLOSED' });
    const failed = stalled();
    const failing = run(() => writeChunk(failed, CHUNK));
    failed.destroy(new Error('the disk is full'));
    await expect(failing).rejects.toThrow('the disk is full');
  });

  it('is done when a stream that is ended meanwhile is flushed, which does not drain', async () => {
    const stream = stalled();
    const writing = run(() => writeChunk(stream, CHUNK));
    stream.end();
    stream.resume();
    await writing;
    expect(stream.listenerCount('finish')).toBe(0);
  });

  it('gives up after its timeout, and leaves nothing listening', async () => {
    const stream = stalled();
    await expect(run(() => writeChunk(stream, CHUNK, { timeout: 10 }))).rejects.toMatchObject({
      code: 'GREEN_ERR_WAIT_TIMEOUT',
    });
    expect(stream.listenerCount('drain') + stream.listenerCount('close') + stream.listenerCount('error')).toBe(0);
  });

  it('writes nothing outside a context', () => {
    const stream = stalled();
    expect(() => writeChunk(stream, 'x')).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
    expect(stream.readableLength).toBe(0);
  });

  it('keeps what a real peer does not read out of memory', async () => {
    const peers: Socket[] = [];
    const server = createServer((peer) => peers.push(peer.pause().on('error', () => {}))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { connect } = await import('node:net');
    const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
    await once(socket, 'connect');
    let written = 0;
    const outcome = run(() => {
      for (;;) {
        writeChunk(socket, CHUNK, { timeout: 100 });
        written++;
      }
    });
    await expect(outcome).rejects.toMatchObject({ code: 'GREEN_ERR_WAIT_TIMEOUT' });
    expect(written).toBeGreaterThan(0);
    expect(socket.writableLength).toBeLessThan(3 * CHUNK.length);
    socket.destroy();
    for (const peer of peers) peer.destroy();
    server.close();
  });
});
