import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { splitWhole } from '../../../src/http-client/responses/splitter.ts';
import { EventSplitter, type HttpEvent } from '../../../src/http-client/sse/event-splitter.ts';

const eventsOf = (text: string): HttpEvent[] => [...splitWhole(Buffer.from(text), new EventSplitter(1000))];

const message = (data: string, more: Partial<HttpEvent> = {}): HttpEvent => ({
  event: 'message',
  data,
  id: '',
  retry: null,
  ...more,
});

describe('EventSplitter', () => {
  // The first ones are the examples of the HTML standard, section 9.2.6.
  it.each<[string, string, HttpEvent[]]>([
    ['several lines of data', 'data: YHOO\ndata: +2\ndata: 10\n\n', [message('YHOO\n+2\n10')]],
    [
      'comments, ids, and an event cut off',
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n',
      [message('first event', { id: '1' }), message('second event')],
    ],
    ['empty data', 'data\n\ndata\ndata\n\ndata:', [message(''), message('\n')]],
    [
      'one space after the colon, or none',
      'data:test\n\ndata: test\n\ndata:  test\n\n',
      ['test', 'test', ' test'].map((d) => message(d)),
    ],
    [
      'named events, each time anew',
      'event: add\ndata: 1\n\ndata: 2\n\n',
      [message('1', { event: 'add' }), message('2')],
    ],
    ['\\r and \\r\\n', 'data: 1\r\rdata: 2\r\n\r\ndata: 3\n\r\n', [message('1'), message('2'), message('3')]],
    ['an id that stays', 'id: 7\ndata: 1\n\ndata: 2\n\n', [message('1', { id: '7' }), message('2', { id: '7' })]],
    ['an id without an event', 'id: 7\n\ndata: 2\n\n', [message('2', { id: '7' })]],
    ['an id with NUL, which does not count', 'id: a\0b\ndata: 1\n\n', [message('1')]],
    [
      'retry, if it is digits',
      'retry: 50\ndata: 1\n\nretry: 5s\ndata: 2\n\n',
      [message('1', { retry: 50 }), message('2')],
    ],
    ['fields that nobody knows', 'foo: 1\nDATA: 2\ndata: 3\n\n', [message('3')]],
    ['a byte order mark, once', '\ufeffdata: 1\n\n\ufeffdata: 2\n\n', [message('1')]],
    ['nothing', '', []],
    ['an event without data', 'event: ping\n\n', []],
    ['a colon in the data', 'data: a: b\n\n', [message('a: b')]],
  ])('reads %s', (_what, text, events) => {
    expect(eventsOf(text)).toEqual(events);
  });

  it('reads the same however it is cut', () => {
    const line = fc.constantFrom('data: é', 'data', 'id: 1', 'event: x', ': c', 'retry: 5', '', '');
    const end = fc.constantFrom('\n', '\r\n', '\r');
    const text = fc.array(fc.tuple(line, end)).map((lines) => lines.flat().join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (whole, size) => {
        const bytes = Buffer.from(whole);
        const splitter = new EventSplitter(1000);
        const events: HttpEvent[] = [];
        for (let at = 0; at < bytes.length; at += size) events.push(...splitter.push(bytes.subarray(at, at + size)));
        expect(events).toEqual(eventsOf(whole));
      }),
    );
  });

  it('keeps what a new connection must know', () => {
    const splitter = new EventSplitter(1000, 'before');
    expect(splitter.lastEventId).toBe('before');
    expect([...splitter.push(Buffer.from('retry: 9\nid: 5\n'))]).toEqual([]);
    expect([splitter.lastEventId, splitter.retry]).toEqual(['before', 9]);
    void [...splitter.push(Buffer.from('\n'))];
    expect(splitter.lastEventId).toBe('5');
  });

  it('limits an event, be it one line or many, but not the stream', () => {
    const push = (text: string) => () => [...new EventSplitter(100).push(Buffer.from(text))];
    expect(push('x'.repeat(101))).toThrow(expect.objectContaining({ limit: 100 }));
    expect(push('data: 56789\n'.repeat(10))).toThrow(expect.objectContaining({ limit: 100 }));
    expect(push('data: 56789\n\n'.repeat(100))).not.toThrow();
    expect(push(': comment 56789\n'.repeat(100))).not.toThrow();
  });
});
