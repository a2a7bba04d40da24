// A response with its whole body: every member is a plain value, whichever kind of client got it.

import { InvalidOptionError } from '../../errors.ts';
import { isThenable, wait } from '../../pool/index.ts';
import { charsetOf, textOf } from '../decoding/charset.ts';
import { TextStream } from '../decoding/text-stream.ts';
import { EventSplitter, type HttpEvent, MAX_EVENT_LENGTH } from '../sse/event-splitter.ts';
import type { HttpAnswer } from './http-answer.ts';
import { HttpResponseBase } from './http-response-base.ts';
import { acceptedValue, assertSchema, parseJson } from './read-json.ts';
import { HttpStatusError } from './response-errors.ts';
import type { ResponseHead } from './response-head.ts';
import { filePathOf, saveFile } from './save-file.ts';
import { ByteSplitter, LineSplitter, splitWhole } from './splitter.ts';
import type { SchemaOutput, SchemaResult, StandardSchema } from './standard-schema.ts';
import { waitForCall } from './wait-for-call.ts';

/**
 * A response whose body is there. Its members never suspend, except `saveTo()` and `json()` with an asynchronous schema.
 */
export class HttpResponse<Green extends boolean = boolean> extends HttpResponseBase implements Disposable {
  readonly #body: Buffer;

  /** @internal */
  constructor(head: ResponseHead, body: Buffer) {
    super(head);
    this.#body = body;
  }

  /** The charset that `text()` assumes: the byte order mark's, else that of `content-type`, else `utf-8`. */
  get encoding(): string {
    return charsetOf(this.#body, this.contentTypeHeader);
  }

  /** The body's bytes, decompressed: the same array each time. Never suspends. */
  bytes(): Buffer {
    return this.#body;
  }

  /**
   * The body as text, without a byte order mark. Never suspends.
   *
   * @param charset - a label such as `latin1`, over what {@link HttpResponse.encoding} says.
   * @throws `GREEN_ERR_OPT_INVALID` for a label that does not exist.
   */
  text(charset?: string): string {
    return textOf(this.#body, this.contentTypeHeader, charset);
  }

  /**
   * The body parsed as JSON, whatever `content-type` says, anew each time. Never suspends, unless `schema` validates
   * asynchronously: then it suspends the context in which a green client's response is used.
   *
   * @param schema - a Standard Schema (Zod, Valibot, ArkType, …), which gives the result its type and may change it.
   * @throws `GREEN_ERR_HTTP_DECODE` when it is not JSON; the error's `response` has the body.
   * @throws `GREEN_ERR_HTTP_SCHEMA` when the schema refuses it; the error's `issues` say why.
   * @throws `GREEN_ERR_OPT_INVALID` for what is no schema, and for an asynchronous one without `green`: call its
   *   `validate()` with `json()` and await that.
   */
  json<T = unknown>(): T;
  json<Schema extends StandardSchema>(schema: Schema): SchemaOutput<Schema>;
  json(schema?: StandardSchema): unknown {
    if (schema !== undefined) assertSchema(schema);
    const value = parseJson(this.text(), this.head, this as HttpResponse);
    if (schema === undefined) return value;
    const result = schema['~standard'].validate(value);
    return acceptedValue(isThenable(result) ? this.#awaited(result) : result, this.head, this as HttpResponse);
  }

  /**
   * The body line by line, without the endings (`\n` or `\r\n`); a lone `\r` ends none. Never suspends.
   *
   * @param options - `charset` as for {@link HttpResponse.text}.
   * @throws `GREEN_ERR_OPT_INVALID` for a charset that does not exist.
   */
  iterLines({ charset }: { charset?: string } = {}): Generator<string, void, undefined> {
    const text = new TextStream(this.contentTypeHeader, charset);
    return splitWhole(this.#body, new LineSplitter(text, Number.MAX_SAFE_INTEGER));
  }

  /**
   * The body in pieces of `size` bytes (1 or more), the last one shorter; without a size in one piece. Never suspends.
   *
   * @throws `GREEN_ERR_OPT_INVALID` for a bad size.
   */
  iterBytes(size?: number): Generator<Buffer, void, undefined> {
    return splitWhole(this.#body, new ByteSplitter(size));
  }

  /** The body as server-sent events. Never suspends. For events as they happen ask with `stream: true`. */
  sse({ maxEventLength = MAX_EVENT_LENGTH }: { maxEventLength?: number } = {}): Generator<HttpEvent, void, undefined> {
    return splitWhole(this.#body, new EventSplitter(maxEventLength));
  }

  /**
   * Writes the body to a file, which is there whole or not at all, and replaces what was there. Suspends the context of
   * a green client's response; else returns a promise.
   *
   * @param path - a path, or a `file:` URL.
   * @returns the number of bytes written.
   * @throws `GREEN_ERR_OPT_INVALID` for what is no path; the file system's own errors; as `wait()`.
   */
  saveTo(path: string | URL): HttpAnswer<Green, number> {
    const save = async (): Promise<number> => saveFile(filePathOf(path), [this.#body]);
    return (this.head.green ? waitForCall('response.saveTo()', save) : save()) as HttpAnswer<Green, number>;
  }

  /**
   * Returns this response if its status is below 400. Never suspends.
   *
   * @throws `GREEN_ERR_HTTP_STATUS` otherwise; the error's `response` is this one, body included.
   */
  raiseForStatus(): this {
    if (this.status >= 400) throw new HttpStatusError(this.head, this as HttpResponse);
    return this;
  }

  /** Does nothing: the socket has been given back. For code that takes streamed responses too. Never suspends. */
  close(): void {}

  /** As {@link HttpResponse.close}, for `using`. */
  [Symbol.dispose](): void {}

  #awaited(result: PromiseLike<SchemaResult<unknown>>): SchemaResult<unknown> {
    if (this.head.green) return wait(result);
    throw new InvalidOptionError('json() schema', 'one that validates synchronously, without green');
  }
}
