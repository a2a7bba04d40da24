// Reads text/event-stream, as the HTML standard says (section 9.2.6): lines end with \r\n, \n or \r, a blank one ends an
// event. eventsource-parser does the same for text; of its kind this one is the smaller part, because decoding, limits
// and both modes of reading are here already.

import { TextStream } from '../decoding/text-stream.ts';
import { assertLength, type Splitter, TooLong } from '../responses/splitter.ts';

/** One server-sent event. */
export interface HttpEvent {
  /** Its type: `message` unless the server names another. */
  readonly event: string;
  /** Its lines joined by `\n`. */
  readonly data: string;
  /** The last event id so far; empty if the server has sent none. */
  readonly id: string;
  /** What the server asks to wait before reconnecting, in milliseconds, if this event says so; else null. */
  readonly retry: number | null;
}

export const MAX_EVENT_LENGTH = 1_048_576;

const LINE_END = /[\r\n]/g;
const DIGITS = /^\d+$/;

export class EventSplitter implements Splitter<HttpEvent> {
  /** The id of the last event, for Last-Event-ID. */
  lastEventId: string;
  /** The last reconnection time that the server asked for, in milliseconds; null if it has not. */
  retry: number | null = null;
  readonly #text = new TextStream(null, 'utf-8');
  readonly #maxLength: number;
  #line: string[] = [];
  #length = 0;
  /** After a \r, a \n belongs to it. */
  #afterReturn = false;
  #event = '';
  #data: string[] = [];
  #id: string;
  #retryHere: number | null = null;

  constructor(maxLength: number, lastEventId = '') {
    assertLength('maxEventLength', maxLength);
    this.#maxLength = maxLength;
    this.lastEventId = lastEventId;
    this.#id = lastEventId;
  }

  *push(chunk: Buffer): Generator<HttpEvent, void, undefined> {
    const text = this.#text.push(chunk);
    let from = 0;
    if (text !== '' && this.#afterReturn) {
      this.#afterReturn = false;
      if (text[0] === '\n') from = 1;
    }
    for (;;) {
      LINE_END.lastIndex = from;
      const at = LINE_END.exec(text)?.index;
      if (at === undefined) break;
      this.#add(text.slice(from, at));
      from = at + 1;
      if (text[at] === '\r') {
        if (from === text.length) this.#afterReturn = true;
        else if (text[from] === '\n') from++;
      }
      const event = this.#endLine();
      if (event !== null) yield event;
    }
    if (from < text.length) this.#add(text.slice(from));
  }

  /** An event that no blank line has ended is not one. */
  end(): Iterable<HttpEvent> {
    return [];
  }

  #add(text: string): void {
    this.#line.push(text);
    this.#length += text.length;
    if (this.#length > this.#maxLength) throw new TooLong(this.#maxLength, 'maxEventLength');
  }

  #endLine(): HttpEvent | null {
    const line = this.#line.length === 1 ? (this.#line[0] as string) : this.#line.join('');
    this.#line = [];
    if (line === '') return this.#endEvent();
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    // Only data piles up; what else a line held is gone.
    if (name !== 'data') this.#length -= line.length;
    this.#setField(name, value);
    return null;
  }

  #setField(name: string, value: string): void {
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && DIGITS.test(value)) {
      this.retry = Number(value);
      this.#retryHere = this.retry;
    }
  }

  #endEvent(): HttpEvent | null {
    const data = this.#data;
    const event = this.#event;
    const retry = this.#retryHere;
    this.#data = [];
    this.#event = '';
    this.#retryHere = null;
    this.#length = 0;
    this.lastEventId = this.#id;
    if (data.length === 0) return null;
    return { event: event === '' ? 'message' : event, data: data.join('\n'), id: this.lastEventId, retry };
  }
}
