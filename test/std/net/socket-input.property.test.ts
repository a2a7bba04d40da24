// Reading, whatever way the bytes are torn into chunks and whichever calls are interrupted: what the calls return is the
// text that was sent, cut where a simple model cuts it.

import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { run } from '../../../src/index.ts';
import { CallLimits } from '../../../src/std/call-limits.ts';
import { SocketInput } from '../../../src/std/net/socket-input.ts';
import { PROPERTY_TIME_LIMIT_MS, parameters } from '../../property/runs.ts';

type Call =
  | { readonly kind: 'some'; readonly bytes: number }
  | { readonly kind: 'exactly'; readonly bytes: number }
  | { readonly kind: 'until'; readonly delimiter: string }
  | { readonly kind: 'line' };

const MANY = 1000;
const text = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n'), maxLength: 40 });
const calls: fc.Arbitrary<readonly [Call, boolean][]> = fc.array(
  fc.tuple(
    fc.oneof(
      fc.record({ kind: fc.constant('some' as const), bytes: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ kind: fc.constant('exactly' as const), bytes: fc.integer({ min: 1, max: 6 }) }),
      fc.record({
        kind: fc.constant('until' as const),
        delimiter: fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n'), minLength: 1, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('line' as const) }),
    ),
    fc.boolean(),
  ),
  { maxLength: 20 },
);

/** What a call takes from the front of `rest`, for an input that has ended; null if it throws. */
function taken(call: Call, rest: string): string | null {
  if (call.kind === 'some') return rest.slice(0, call.bytes);
  if (call.kind === 'exactly') return call.bytes <= rest.length ? rest.slice(0, call.bytes) : null;
  const at = rest.indexOf(call.kind === 'line' ? '\n' : call.delimiter);
  if (at !== -1) return rest.slice(0, at + (call.kind === 'line' ? 1 : call.delimiter.length));
  return call.kind === 'line' ? rest : null;
}

function make(input: SocketInput, call: Call, signal?: AbortSignal): string | null {
  const limits = new CallLimits('read()', signal === undefined ? {} : { signal });
  if (call.kind === 'some') return String(input.some(call.bytes, limits));
  if (call.kind === 'exactly') return String(input.exactly(call.bytes, limits));
  return call.kind === 'until' ? String(input.until(call.delimiter, MANY, limits)) : input.line(MANY, limits);
}

/** Makes a call that may be interrupted by the next turn of the loop, and if it is, again. */
function insist(input: SocketInput, call: Call, interrupted: boolean): string | null {
  const controller = new AbortController();
  if (interrupted) setImmediate(() => controller.abort());
  try {
    return make(input, call, interrupted ? controller.signal : undefined);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'GREEN_ERR_CANCELLED') throw error;
    return make(input, call);
  }
}

describe('SocketInput', () => {
  it(
    'loses nothing, invents nothing and cuts where it should',
    async () => {
      const property = fc.asyncProperty(fc.array(text, { maxLength: 8 }), calls, async (chunks, program) => {
        const stream = new PassThrough();
        const unsent = [...chunks];
        const send = (): void => {
          const chunk = unsent.shift();
          if (chunk === undefined) stream.end();
          else {
            stream.write(chunk);
            setImmediate(send);
          }
        };
        let rest = chunks.join('');
        setImmediate(send);
        await run(() => {
          const input = new SocketInput(stream as unknown as Socket);
          for (const [call, interrupted] of program) {
            const expected = taken(call, rest);
            if (expected === null) {
              expect(() => insist(input, call, interrupted)).toThrow(
                expect.objectContaining({ code: 'GREEN_ERR_STREAM_CLOSED' }),
              );
              continue;
            }
            const got = insist(input, call, interrupted);
            if (call.kind === 'line') {
              expect(got).toBe(rest === '' ? null : expected.replace(/\r?\n$/, ''));
              rest = rest.slice(expected.length);
            } else if (call.kind === 'some') {
              // As much as there is, which is for the sender to say; but something, unless it is the end.
              expect(expected.startsWith(got as string)).toBe(true);
              expect(got === '').toBe(rest === '');
              rest = rest.slice((got as string).length);
            } else {
              expect(got).toBe(expected);
              rest = rest.slice(expected.length);
            }
          }
          expect(String(input.all(MANY, new CallLimits('readAll()', {})))).toBe(rest);
        });
      });
      await fc.assert(property, parameters(0.03));
    },
    PROPERTY_TIME_LIMIT_MS,
  );
});
