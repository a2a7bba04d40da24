// What the page says about the process. The event loop's delay is sampled only between start() and stop().

import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

import { switchKind } from '../../pool/index.ts';

/** How late timers fired since the last snapshot, in milliseconds. */
export interface LoopDelay {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface ProcessFacts {
  readonly pid: number;
  readonly node: string;
  /** See switchKind(); null where greenroom cannot run. */
  readonly switchKind: string | null;
  readonly uptimeSeconds: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  /** Null while nobody watches. */
  readonly loopDelayMs: LoopDelay | null;
}

const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

export class ProcessMonitor {
  #delays: IntervalHistogram | null = null;

  start(): void {
    this.#delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delays.enable();
  }

  stop(): void {
    this.#delays?.disable();
    this.#delays = null;
  }

  facts(): ProcessFacts {
    const { rss, heapUsed } = process.memoryUsage();
    return {
      pid: process.pid,
      node: process.version,
      switchKind: knownSwitchKind(),
      uptimeSeconds: process.uptime(),
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      loopDelayMs: this.#takeDelays(),
    };
  }

  #takeDelays(): LoopDelay | null {
    const delays = this.#delays;
    if (delays === null || delays.count === 0) return null;
    // What is recorded is the time between two ticks of a timer: without delay, just the resolution.
    const late = (ns: number): number => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
    const { mean, max } = delays;
    const taken = {
      mean: late(mean),
      p50: late(delays.percentile(50)),
      p99: late(delays.percentile(99)),
      max: late(max),
    };
    delays.reset();
    return taken;
  }
}

function knownSwitchKind(): string | null {
  try {
    return switchKind();
  } catch {
    return null;
  }
}
