// A response whose body is read as it comes (`stream: true`), once, by one reader. Whoever has it must read it to its end
// or close it, or its socket serves nobody else; a green context that ends does so for it.

import type { Readable } from 'node:stream';

import { assertCharset } from '../decoding/charset.ts';
import { TextStream } from '../decoding/text-stream.ts';
import { HttpError } from '../http-errors.ts';
import { EventSplitter, type HttpEvent, MAX_EVENT_LENGTH } from '../sse/event-splitter.ts';
import type { HttpAnswer, HttpIteration } from './http-answer.ts';
import { HttpResponse } from './http-response.ts';
import { HttpResponseBase } from './http-response-base.ts';
import type { OpenBodyOptions } from './open-body.ts';
import { acceptedValue, assertSchema } from './read-json.ts';
import { HttpStatusError } from './response-errors.ts';
import type { ResponseHead } from './response-head.ts';
import { filePathOf, saveFile } from './save-file.ts';
import { ByteSplitter, LineSplitter, MAX_LINE_LENGTH, type Splitter } from './splitter.ts';
import type { SchemaOutput, StandardSchema } from './standard-schema.ts';
import { Collected, StreamBody } from './stream-body.ts';
import { waitForCall } from './wait-for-call.ts';

// As much of an error's body as raiseForStatus() reads.
const MAX_ERROR_BODY_BYTES = 65_536;

/**
 * A response whose body is still to be read, by one of its methods and once. With a green client they suspend the context
 * and return values; else they return promises, or asynchronous iterators. All of them can throw, in place or as a
 * rejection:
 * - `GREEN_ERR_HTTP_BODY_CONSUMED`: the body has been read, is being read, or was closed.
 * - `GREEN_ERR_HTTP_TRANSPORT`, `GREEN_ERR_HTTP_TIMEOUT`: the body broke off, or took too long.
 * - `GREEN_ERR_HTTP_BODY_TOO_LARGE`: more than `maxResponseBytes`, decompressed.
 * - `GREEN_ERR_HTTP_CONTENT_ENCODING`: it is not what its `content-encoding` says, or not all of it.
 * - green only, as `wait()`: `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`.
 *
 * After an error, and after an iteration that ended early, the stream is closed. A green stream is further closed when
 * its task ends without having passed it on. It is passed on when the task returns it, its `body`, or an iterator of it;
 * when another task reads it; when an iterator that is the reply of a green handler still uses it; and, unless the task
 * fails, when its `body` has been taken.
 *
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { http } from 'greenroom/http-client';
 *
 * await run(() => {
 *   using response = http.get('https://example.com/log', { stream: true });
 *   for (const line of response.iterLines()) console.log(line);
 * });
 * ```
 */
export class HttpStream<Green extends boolean = boolean> extends HttpResponseBase implements Disposable {
  readonly #body: StreamBody;

  /** @internal */
  constructor(head: ResponseHead, source: Readable, options: OpenBodyOptions) {
    super(head);
    this.#body = new StreamBody(this, head, source, options);
  }

  /**
   * The body as a stream of bytes, decompressed: to be piped, or returned from a handler. Never suspends. Who takes it
   * reads it to its end or destroys it.
   *
   * @throws `GREEN_ERR_HTTP_BODY_CONSUMED` when a method reads the body, or the stream is closed.
   */
  get body(): Readable {
    return this.#body.take();
  }

  /** The body's bytes, decompressed. Suspends the context until all are there, or returns a promise. */
  bytes(): HttpAnswer<Green, Buffer> {
    return this.#whole('stream.bytes()', (response) => response.bytes());
  }

  /**
   * The body as text, without a byte order mark, whose charset counts first, then that of `content-type`, then UTF-8.
   * Suspends the context until all of it is there, or returns a promise.
   *
   * @param charset - a label such as `latin1`, over everything else.
   * @throws `GREEN_ERR_OPT_INVALID` for a label that does not exist.
   */
  text(charset?: string): HttpAnswer<Green, string> {
    const use = (response: HttpResponse): string => response.text(charset);
    return this.#whole('stream.text()', use, () => assertCharset(charset));
  }

  /**
   * The body parsed as JSON, whatever `content-type` says. Suspends the context until all of it is there (and
   * `schema` has validated it), or returns a promise.
   *
   * @param schema - a Standard Schema (Zod, Valibot, ArkType, …), synchronous or not.
   * @throws `GREEN_ERR_HTTP_DECODE` when it is not JSON; the error's `response` has the body.
   * @throws `GREEN_ERR_HTTP_SCHEMA` when the schema refuses it; the error's `issues` say why.
   * @throws `GREEN_ERR_OPT_INVALID` for what is no schema.
   */
  json<T = unknown>(): HttpAnswer<Green, T>;
  json<Schema extends StandardSchema>(schema: Schema): HttpAnswer<Green, SchemaOutput<Schema>>;
  json(schema?: StandardSchema): unknown {
    if (schema === undefined) return this.#whole('stream.json()', (response) => response.json());
    const use = (response: HttpResponse): unknown =>
      this.head.green ? response.json(schema) : this.#validated(schema, response);
    return this.#whole('stream.json()', use, () => assertSchema(schema));
  }

  /**
   * The body line by line, without the endings (`\n` or `\r\n`); a lone `\r` ends none. Each step suspends the context,
   * or is a promise, until the next line is there. Ending the loop early closes the stream.
   *
   * @param options - `maxLineLength`: the most characters of a line, 1 or more, default 1,048,576; `charset` as for
   *   {@link HttpStream.text}.
   * @throws `GREEN_ERR_HTTP_BODY_TOO_LARGE` for a longer line; `GREEN_ERR_OPT_INVALID` for a bad option.
   */
  iterLines({
    maxLineLength = MAX_LINE_LENGTH,
    charset,
  }: {
    maxLineLength?: number;
    charset?: string;
  } = {}): HttpIteration<Green, string> {
    const text = new TextStream(this.contentTypeHeader, charset);
    return this.#iteration('stream.iterLines()', new LineSplitter(text, maxLineLength));
  }

  /**
   * The body in pieces of `size` bytes (1 or more), the last one shorter; without a size as they come. Each step
   * suspends the context, or is a promise, until the next piece is there. Ending the loop early closes the stream.
   *
   * @throws `GREEN_ERR_OPT_INVALID` for a bad size.
   */
  iterBytes(size?: number): HttpIteration<Green, Buffer> {
    return this.#iteration('stream.iterBytes()', new ByteSplitter(size));
  }

  /**
   * The body as server-sent events, whatever `content-type` says. Each step suspends the context, or is a promise, until
   * the next event is there. Ending the loop early closes the stream.
   *
   * @param options - `maxEventLength`: the most characters of an event, 1 or more, default 1,048,576.
   * @throws `GREEN_ERR_HTTP_BODY_TOO_LARGE` for a longer event; `GREEN_ERR_OPT_INVALID` for a bad option.
   */
  sse({ maxEventLength = MAX_EVENT_LENGTH }: { maxEventLength?: number } = {}): HttpIteration<Green, HttpEvent> {
    return this.iterEvents(new EventSplitter(maxEventLength));
  }

  /** @internal */
  iterEvents(splitter: EventSplitter): HttpIteration<Green, HttpEvent> {
    return this.#iteration('stream.sse()', splitter);
  }

  /**
   * Writes the body to a file, which is there whole or not at all, and replaces what was there. Suspends the context
   * until it is written, or returns a promise.
   *
   * @param path - a path, or a `file:` URL.
   * @returns the number of bytes written.
   * @throws `GREEN_ERR_OPT_INVALID` for what is no path; the file system's own errors.
   */
  saveTo(path: string | URL): HttpAnswer<Green, number> {
    return (this.head.green ? this.#saveGreen(filePathOf(path)) : this.#saveLater(path)) as HttpAnswer<Green, number>;
  }

  /**
   * This response if its status is below 400; then nothing is read. Else suspends the context, or returns a promise,
   * until the body is there, of which it reads 65,536 bytes at most, and closes the stream.
   *
   * @throws `GREEN_ERR_HTTP_STATUS`; the error's `response` has the body, as far as it came.
   */
  raiseForStatus(): HttpAnswer<Green, this> {
    return (this.head.green ? this.#raiseGreen() : this.#raiseLater()) as HttpAnswer<Green, this>;
  }

  /** Gives the socket back; a body that is not read to its end is cut off. Again, does nothing. Never suspends or throws. */
  close(): void {
    this.#body.close();
  }

  /** As {@link HttpStream.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #whole<T>(call: string, use: (response: HttpResponse) => T, check?: () => void): HttpAnswer<Green, Awaited<T>> {
    const answer = this.head.green ? this.#useNow(call, use, check) : this.#useLater(use, check);
    return answer as HttpAnswer<Green, Awaited<T>>;
  }

  #useNow<T>(call: string, use: (response: HttpResponse) => T, check?: () => void): T {
    check?.();
    return use(this.#responseOf(this.#body.readAll(call, new Collected())));
  }

  async #useLater<T>(use: (response: HttpResponse) => T, check?: () => void): Promise<Awaited<T>> {
    check?.();
    return await use(this.#responseOf(await this.#body.readAllLater(new Collected())));
  }

  async #validated(schema: StandardSchema, response: HttpResponse): Promise<unknown> {
    return acceptedValue(await schema['~standard'].validate(response.json()), this.head, response);
  }

  #responseOf(body: Buffer): HttpResponse {
    return new HttpResponse(this.head, body);
  }

  #iteration<T>(call: string, splitter: Splitter<T>): HttpIteration<Green, T> {
    const body = this.#body;
    const iterator = this.head.green ? body.iterate(call, splitter) : body.iterateLater(splitter);
    return iterator as HttpIteration<Green, T>;
  }

  #saveGreen(path: string): number {
    let claimed = false;
    try {
      return waitForCall('stream.saveTo()', () => {
        claimed = true;
        return this.#save(path);
      });
    } finally {
      if (claimed) this.close(); // it was cancelled, say
    }
  }

  async #saveLater(path: string | URL): Promise<number> {
    return await this.#save(filePathOf(path));
  }

  async #save(path: string): Promise<number> {
    const body = this.#body.claim();
    try {
      return await saveFile(path, body);
    } finally {
      this.close();
    }
  }

  #raiseGreen(): this {
    if (this.status < 400) return this;
    const body = new Collected(MAX_ERROR_BODY_BYTES);
    try {
      this.#body.readAll('stream.raiseForStatus()', body);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
    }
    throw new HttpStatusError(this.head, this.#responseOf(body.bytes));
  }

  async #raiseLater(): Promise<this> {
    if (this.status < 400) return this;
    const body = new Collected(MAX_ERROR_BODY_BYTES);
    try {
      await this.#body.readAllLater(body);
    } catch {
      // The status matters more than why its body is not all there.
    }
    throw new HttpStatusError(this.head, this.#responseOf(body.bytes));
  }
}
