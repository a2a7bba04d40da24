// A forked server as run.ts sees it: its port, its load, and its processor time at the borders of a slice.

import { Child } from './child.ts';
import { Load, type Slice } from './load.ts';
import type { Question, Ready, Times } from './server.ts';
import type { Variant } from './variants.ts';

export interface Measurement extends Slice {
  readonly requestsPerSecond: number;
  /** Processor time of the server process, all its threads, per request. */
  readonly cpuUs: number;
  /** The same of its JavaScript thread alone; null where Node cannot tell. */
  readonly threadCpuUs: number | null;
  /** For which its JavaScript stood still, per request. */
  readonly gcPauseUs: number;
}

const SERVER_URL = new URL('./server.js', import.meta.url);
const UPSTREAM_URL = new URL('./upstream.js', import.meta.url);

export async function startUpstream(): Promise<{ url: string; child: Child<never, never> }> {
  const { child, ready } = await Child.start<never, never, { port: number }>(UPSTREAM_URL, []);
  return { url: `http://127.0.0.1:${ready.port}`, child };
}

export class ServerProcess {
  readonly switchKind: string | null;
  readonly url: string;
  readonly #child: Child<Question, Times>;
  readonly #load: Load;

  private constructor(child: Child<Question, Times>, ready: Ready, connections: number) {
    this.#child = child;
    this.switchKind = ready.switchKind;
    this.url = `http://127.0.0.1:${ready.port}/`;
    this.#load = new Load(this.url, connections);
  }

  static async start(variant: Variant, upstreamUrl: string, connections: number): Promise<ServerProcess> {
    const { child, ready } = await Child.start<Question, Times, Ready>(SERVER_URL, [variant, upstreamUrl]);
    return new ServerProcess(child, ready, connections);
  }

  /**
   * Full collections while it is idle, as a server has had some time after its start; warm it up afterwards.
   *
   * Without this it is chance what a process is like. V8 keeps an unused map for two collections (its flag
   * --retain-maps-for-n-gc); at the third, V8 11 (Node 20) forgets the feedback of process.nextTick() for good, if no
   * tick is pending just then, and each request costs 2-3 us more. A control that compares two such processes shows it.
   */
  async age(): Promise<void> {
    await this.#child.ask('age');
  }

  async warmUp(ms: number): Promise<void> {
    await this.#load.slice(ms);
  }

  async measure(sliceMs: number): Promise<Measurement> {
    const before = await this.#child.ask('cpu');
    const slice = await this.#load.slice(sliceMs);
    const after = await this.#child.ask('cpu');
    return {
      ...slice,
      requestsPerSecond: (slice.requests / slice.elapsedMs) * 1000,
      cpuUs: (after.process - before.process) / slice.requests,
      threadCpuUs:
        after.thread === null || before.thread === null ? null : (after.thread - before.thread) / slice.requests,
      gcPauseUs: (after.gcPause - before.gcPause) / slice.requests,
    };
  }

  async close(): Promise<void> {
    this.#load.close();
    await this.#child.close();
  }
}
