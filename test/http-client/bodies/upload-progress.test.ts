import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import type { BodyOptions } from '../../../src/http-client/bodies/body-of.ts';
import { withProgress } from '../../../src/http-client/bodies/upload-progress.ts';
import type { HttpProgress } from '../../../src/http-client/index.ts';
import { wait } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { startReceiver } from './receive.ts';
import { type SendOptions, send } from './send.ts';

function reportingTo(report: (progress: HttpProgress) => void): SendOptions {
  return { wrap: (opened, body) => withProgress(opened, body.byteLength, report) };
}

for (const green of [true, false]) {
  describe(`upload progress, ${green ? 'in a context' : 'with promises'}`, () => {
    it('counts bytes as they are taken, up to all of them', async () => {
      const { url, received } = await startReceiver();
      const large = Buffer.alloc(300_000, 'x');
      const rows: [BodyOptions, total: number | null, transferred: number][] = [
        [{ body: 'ää' }, 4, 4],
        [{ body: '' }, 0, 0],
        [{ body: large }, 300_000, 300_000],
        [{ body: new Blob([large]) }, 300_000, 300_000],
        [{ body: Readable.from(['ä', large]) }, null, 300_002],
        [{ body: () => new Set(['ä', large]) }, null, 300_002],
      ];
      for (const [options, total, transferred] of rows) {
        const reports: HttpProgress[] = [];
        const sent = await send(
          green,
          url,
          options,
          reportingTo((progress) => reports.push(progress)),
        );
        expect(sent).toMatchObject({ status: 200, failure: undefined });
        const counts = reports.map((each) => each.transferred);
        expect(counts).toEqual(counts.toSorted((a, b) => a - b));
        expect(reports.at(-1)).toEqual({ transferred, total });
        if (options.body === large) expect(reports.length).toBeGreaterThan(3);
        expect(received.at(-1)?.bytes.length).toBe(transferred);
        if (total !== null) expect(received.at(-1)?.headers['content-length']).toBe(String(total));
      }
    });

    it('has the AsyncLocalStorage of the call', async () => {
      const { url } = await startReceiver();
      const storage = new AsyncLocalStorage<string>();
      const seen = new Set<unknown>();
      await storage.run('mine', () =>
        send(
          green,
          url,
          { body: Readable.from(['a', 'b']) },
          reportingTo(() => seen.add(storage.getStore())),
        ),
      );
      expect([...seen]).toEqual(['mine']);
    });

    it('ends the request when it throws, and closes the body', async () => {
      const { url, received } = await startReceiver();
      const own = new Error('mine');
      let closed = false;
      function* chunks(): Generator<string> {
        try {
          for (;;) yield 'x'.repeat(100_000);
        } finally {
          if (green) wait(Promise.resolve());
          closed = true;
        }
      }
      const { failure } = await send(
        green,
        url,
        { body: chunks() },
        reportingTo(() => {
          throw own;
        }),
      );
      expect([failure, closed]).toEqual([own, true]);
      expect(received).toEqual([]);
    });

    it('does not hide an error of the body', async () => {
      const { url } = await startReceiver();
      const own = new Error('mine');
      function* chunks(): Generator<string> {
        yield 'x';
        throw own;
      }
      const sent = send(
        green,
        url,
        { body: chunks() },
        reportingTo(() => {}),
      );
      if (green) expect(await failureOf(sent)).toBe(own);
      else expect((await sent).failure).toBe(own);
    });
  });
}

describe('withProgress()', () => {
  it('begins nothing before it is read, and gives back what it was not asked for', async () => {
    let begun = false;
    const source = new Readable({
      read() {
        begun = true;
      },
    });
    const reports: HttpProgress[] = [];
    const metered = withProgress(source, null, (progress) => reports.push(progress));
    await new Promise((resolve) => setImmediate(resolve));
    metered.destroy();
    expect([begun, source.destroyed, reports]).toEqual([false, true, []]);
  });

  it('counts what was taken, not what is ready', async () => {
    const reports: number[] = [];
    const metered = withProgress(Readable.from(['a', 'bc', 'def']), null, ({ transferred }) =>
      reports.push(transferred),
    );
    const seen: [chunk: string, before: number | undefined][] = [];
    for await (const chunk of metered) seen.push([String(chunk), reports.at(-1)]);
    expect(seen.map(([chunk]) => chunk).join('')).toBe('abcdef');
    expect(seen[0]).toEqual([expect.stringMatching(/^a/), undefined]);
    expect(reports).toEqual([1, 3, 6]);
  });
});
