// `request.green`: what a green handler can ask about its own run. Made on first use; most handlers never ask.

import { CancelledError } from '../errors.ts';
import { type ReadBodyOptions, readBody } from '../std/read-body.ts';
import { writeChunk } from '../std/write-chunk.ts';
import { cutOff } from './connection.ts';
import type { RouteTask } from './route-task.ts';

/** What the plugin puts on requests as `request.green`, in green handlers and hooks. */
export class RequestGreen {
  readonly #task: RouteTask;
  #abort: AbortController | null = null;
  #writing = false;

  /** @internal */
  constructor(task: RouteTask) {
    this.#task = task;
  }

  /** The name of the pool the handler runs in. */
  get pool(): string {
    return this.#task.settings.pool.pool.name;
  }

  /** How long the request waited for a worker, in milliseconds. */
  get queuedMs(): number {
    return this.#task.times.queuedMs;
  }

  /** When the request's time is over, as Date.now() tells time; null if it has no `timeout`. */
  get deadline(): number | null {
    const { timeoutMs } = this.#task.settings;
    return timeoutMs === 0 ? null : performance.timeOrigin + this.#task.queuedAtMs + timeoutMs;
  }

  /**
   * Aborted when the client goes away before its answer, when the request's time is over, and when the server shuts
   * down: with the `CancelledError` that the next wait throws too. For what a handler hands its work to. Unlike
   * `request.signal` it is not aborted when a body has been read.
   */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      const abort = new AbortController();
      this.#abort = abort;
      this.#task.onCancel = (reason, cause) => abort.abort(new CancelledError(reason, cause));
    }
    return this.#abort.signal;
  }

  /**
   * The whole body as bytes, on routes where no content-type parser has read it. Suspends the context until the client
   * has sent it. See `readBody()` for `options` and errors.
   */
  body(options?: ReadBodyOptions): Buffer {
    return readBody(this.#task.request.raw, options);
  }

  /**
   * Sends a part of the reply now, at the client's pace: suspends the context while the client does not read. The first
   * call sends status and headers and takes the reply out of Fastify's hands: onSend hooks and serializers do not run.
   * The reply ends with the handler; if that throws, the connection is closed, since half a reply has no error.
   *
   * @throws `GREEN_ERR_WAIT_TIMEOUT` when the client has read nothing for the route's `writeTimeout`.
   * @throws `GREEN_ERR_STREAM_CLOSED` when the client has gone, unless the cancellation has told so already.
   */
  write(chunk: string | Uint8Array): void {
    const { reply, response, settings } = this.#task;
    if (!this.#writing) {
      this.#writing = true;
      reply.hijack();
      response.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>);
    }
    writeChunk(response, chunk, { timeout: settings.writeTimeoutMs });
  }

  /** The handler has ended. */
  end(failed: boolean): void {
    if (!this.#writing) return;
    const { response } = this.#task;
    if (failed) cutOff(response);
    else if (!response.writableEnded) response.end();
  }
}
