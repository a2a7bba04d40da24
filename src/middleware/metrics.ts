// Metrics of pools for Prometheus, in a registry of prom-client's that the application serves as it likes.

import type * as PromClient from 'prom-client';

import { InvalidOptionError } from '../errors.ts';
import { addPoolMetrics } from './metrics/pool-metrics.ts';
import { addTaskHistograms } from './metrics/task-histograms.ts';
import type { PoolSource } from './status/index.ts';

/** What of prom-client's Registry is used, so that the types compile without it. */
export interface MetricsRegistry {
  registerMetric(metric: never): void;
  removeSingleMetric(name: string): void;
}

export interface MetricsOptions {
  /** Begins the name of every metric. */
  prefix?: string;
}

export interface RegisteredMetrics {
  /** Takes the metrics out of the registry and stops counting. Again, it does nothing. */
  unregister(): void;
}

export const METRICS_DEFAULTS: Readonly<Required<MetricsOptions>> = Object.freeze({ prefix: 'greenroom_' });

const PREFIX = /^[a-zA-Z_:][\w:]*$/;

/**
 * Adds the counts of the pools, and histograms of task times by pool and route, to a registry of prom-client 15. Never
 * suspends. Gauges and counters are read when the registry is; the histograms cost a few microseconds a task.
 *
 * @param registry - prom-client's `register`, or a `Registry` of your own.
 * @param source - the pools, asked anew every time. The histograms know pools by name.
 * @param options - see {@link METRICS_DEFAULTS}.
 * @returns a promise of what takes them out again; closing the pools does not.
 * @throws (as a rejection) `GREEN_ERR_OPT_INVALID` for bad arguments, and where prom-client is not installed;
 *   prom-client's own error if the registry has metrics of these names.
 * @see docs/metrics.md
 */
export async function registerMetrics(
  registry: MetricsRegistry,
  source: PoolSource,
  options: MetricsOptions = {},
): Promise<RegisteredMetrics> {
  const { prefix = METRICS_DEFAULTS.prefix } = options;
  if (typeof prefix !== 'string' || !PREFIX.test(prefix)) {
    throw new InvalidOptionError('metrics.prefix', 'letters, digits, _ and :, beginning with no digit', prefix);
  }
  if (typeof registry?.registerMetric !== 'function') {
    throw new InvalidOptionError('metrics.registry', 'a Registry of prom-client', registry);
  }
  if (typeof source?.pools !== 'function')
    throw new InvalidOptionError('metrics.source', 'an object with pools()', source);
  const client = await importClient();
  const target = registry as unknown as PromClient.Registry;
  const pools = addPoolMetrics(client, target, source, prefix);
  const tasks = addTaskHistograms(client, target, source, prefix);
  let registered = true;
  return {
    unregister: () => {
      if (!registered) return;
      registered = false;
      tasks.unsubscribe();
      for (const name of [...pools, ...tasks.names]) registry.removeSingleMetric(name);
    },
  };
}

// The classes of metrics cannot be had from a registry. Imported here only, for those who do not want metrics need not
// have prom-client. That this may be another copy than the registry's does no harm: they know each other by methods.
async function importClient(): Promise<typeof PromClient> {
  try {
    return await import('prom-client');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new InvalidOptionError('metrics', 'used where prom-client 15 is installed (npm install prom-client)');
  }
}
