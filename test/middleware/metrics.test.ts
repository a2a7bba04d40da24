import { execFile } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';

import { GreenPool, type GreenPoolOptions, run, wait } from '../../src/index.ts';
import { type MetricsOptions, type RegisteredMetrics, registerMetrics } from '../../src/middleware/metrics.ts';

const execute = promisify(execFile);

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const registered: RegisteredMetrics[] = [];

async function metricsOf(pools: GreenPool[], options?: MetricsOptions): Promise<Registry> {
  const registry = new Registry();
  registered.push(await registerMetrics(registry, { pools: () => pools }, options));
  return registry;
}

afterEach(() => {
  for (const each of registered.splice(0)) each.unregister();
});

const named = (name: string, options: GreenPoolOptions = {}): GreenPool => new GreenPool({ name, ...options });

/** What Prometheus reads: `name{labels}` to value. Throws at a line that is no sample and no comment. */
async function scrape(registry: Registry): Promise<Map<string, number>> {
  const samples = new Map<string, number>();
  for (const line of (await registry.metrics()).split('\n')) {
    if (line === '' || /^# (HELP|TYPE) [a-zA-Z_:][\w:]* /.test(line)) continue;
    const [, key, value] = /^([a-zA-Z_:][\w:]*(?:\{(?:\w+="(?:[^"\\\n]|\\.)*",?)*\})?) (\S+)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) throw new Error(`no sample: ${line}`);
    if (samples.has(key)) throw new Error(`twice: ${line}`);
    samples.set(key, value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value));
  }
  return samples;
}

describe('registerMetrics()', () => {
  it('shows the workers and the queue of every pool, as they are when read', async () => {
    const api = named('api', { maxWorkers: 2, maxQueue: 10 });
    const registry = await metricsOf([api, named('bulk', { maxQueue: Number.POSITIVE_INFINITY })]);
    let release!: () => void;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tasks = [1, 2, 3].map(() => api.submit(() => wait(gate)));
    const busy = await scrape(registry);
    expect(busy.get('greenroom_workers{pool="api",state="busy"}')).toBe(2);
    expect(busy.get('greenroom_workers{pool="api",state="free"}')).toBe(0);
    expect(busy.get('greenroom_workers_max{pool="api"}')).toBe(2);
    expect(busy.get('greenroom_queue_length{pool="api"}')).toBe(1);
    expect(busy.get('greenroom_queue_max{pool="api"}')).toBe(10);
    expect(busy.get('greenroom_queue_max{pool="bulk"}')).toBe(Number.POSITIVE_INFINITY);
    release();
    await Promise.all(tasks);
    const idle = await scrape(registry);
    expect(idle.get('greenroom_workers{pool="api",state="free"}')).toBe(2);
    expect(idle.get('greenroom_queue_length{pool="api"}')).toBe(0);
  });

  it('counts how tasks ended, and those refused', async () => {
    const pool = named('api', { maxWorkers: 1, maxQueue: 1 });
    const registry = await metricsOf([pool]);
    await pool.submit(() => 1);
    await expect(pool.submit(() => fail())).rejects.toThrow('failed');
    const cancelled = pool.submit(() => wait(new Promise(() => {})), { timeout: 10 });
    const queued = pool.submit(() => 2);
    await expect(pool.submit(() => 3)).rejects.toMatchObject({ code: 'GREEN_ERR_POOL_FULL' });
    await expect(cancelled).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await queued;
    const samples = await scrape(registry);
    const counts = ['completed', 'failed', 'rejected', 'cancelled', 'discarded', 'queue_timeouts'].map((name) =>
      samples.get(`greenroom_tasks_${name}_total{pool="api"}`),
    );
    expect(counts).toEqual([2, 2, 1, 1, 0, 0]);
    expect((await scrape(registry)).get('greenroom_tasks_completed_total{pool="api"}')).toBe(2); // read, not added up
  });

  it('adds up pools of the same name', async () => {
    const twins = [named('twin'), named('twin')];
    const registry = await metricsOf(twins);
    await Promise.all(twins.map((pool) => pool.submit(() => 1)));
    expect((await scrape(registry)).get('greenroom_tasks_completed_total{pool="twin"}')).toBe(2);
  });

  it('asks for the pools anew every time', async () => {
    const pools = [named('first')];
    const registry = await metricsOf(pools);
    pools[0] = named('second');
    await pools[0].submit(() => 1);
    const samples = await scrape(registry);
    expect(samples.has('greenroom_workers_max{pool="first"}')).toBe(false);
    expect(samples.get('greenroom_tasks_completed_total{pool="second"}')).toBe(1);
    expect(samples.get('greenroom_task_run_seconds_count{pool="second",route="none"}')).toBe(1);
  });

  it('distributes the seconds that tasks queued, ran and waited by route', async () => {
    const pool = named('api');
    const registry = await metricsOf([pool]);
    const sleep = (): unknown => wait(new Promise((resolve) => setTimeout(resolve, 30)));
    await pool.submit(sleep, { label: 'GET /users/:id' });
    await pool.submit(() => 1, { label: 'GET /users/:id' });
    await pool.submit(sleep);
    const samples = await scrape(registry);
    const labels = 'pool="api",route="GET /users/:id"';
    expect(samples.get(`greenroom_task_queued_seconds_count{${labels}}`)).toBe(2);
    expect(samples.get(`greenroom_task_run_seconds_count{${labels}}`)).toBe(2);
    expect(samples.get(`greenroom_task_waited_seconds_count{${labels}}`)).toBe(2);
    expect(samples.get('greenroom_task_waited_seconds_count{pool="api",route="none"}')).toBe(1);
    const waited = samples.get(`greenroom_task_waited_seconds_sum{${labels}}`);
    expect(waited).toBeGreaterThan(0.02);
    expect(waited).toBeLessThan(5);
    expect(samples.get(`greenroom_task_waited_seconds_bucket{le="0.01",${labels}}`)).toBe(1);
    expect(samples.get(`greenroom_task_waited_seconds_bucket{le="+Inf",${labels}}`)).toBe(2);
  });

  it('leaves out spawned tasks, those of other pools, and those that were cancelled in the queue', async () => {
    const ours = named('ours', { maxWorkers: 1 });
    const registry = await metricsOf([ours]);
    await named('theirs').submit(() => 1);
    await run(() => 1);
    const first = ours.submit(() => wait(later()));
    const abort = new AbortController();
    const queued = ours.submit(() => 1, { signal: abort.signal, label: 'queued' });
    abort.abort();
    await expect(queued).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await first;
    const counts = [...(await scrape(registry))].filter(([key]) => key.includes('_seconds_count'));
    expect(new Set(counts.map(([key]) => key.slice(key.indexOf('{'))))).toEqual(
      new Set(['{pool="ours",route="none"}']),
    );
  });

  it("keeps 500 routes apart and calls the rest 'other'", async () => {
    const pool = named('api');
    const registry = await metricsOf([pool]);
    for (let n = 0; n < 510; n++) await pool.submit(() => 1, { label: `/${n}` });
    await pool.submit(() => 1, { label: '/0' });
    const samples = await scrape(registry);
    expect(samples.get('greenroom_task_run_seconds_count{pool="api",route="/0"}')).toBe(2);
    expect(samples.get('greenroom_task_run_seconds_count{pool="api",route="/499"}')).toBe(1);
    expect(samples.has('greenroom_task_run_seconds_count{pool="api",route="/500"}')).toBe(false);
    expect(samples.get('greenroom_task_run_seconds_count{pool="api",route="other"}')).toBe(10);
  });

  it('escapes what labels hold', async () => {
    const pool = named('a "b"\\\n');
    const registry = await metricsOf([pool]);
    await pool.submit(() => 1, { label: 'x="1"} 7\nforged 1' });
    const samples = await scrape(registry); // throws at a line that is no sample
    expect([...samples.keys()].filter((key) => key.startsWith('forged'))).toEqual([]);
    expect(samples.get('greenroom_tasks_completed_total{pool="a \\"b\\"\\\\\\n"}')).toBe(1);
  });

  it('takes another prefix', async () => {
    const registry = await metricsOf([named('api')], { prefix: 'shop:green_' });
    expect([...(await scrape(registry)).keys()].every((key) => key.startsWith('shop:green_'))).toBe(true);
  });

  it('ends with unregister(): the registry is as before and nothing listens any more', async () => {
    const registry = new Registry();
    const metrics = await registerMetrics(registry, { pools: () => [] });
    expect(channel('greenroom:task:end').hasSubscribers).toBe(true);
    metrics.unregister();
    metrics.unregister();
    expect(channel('greenroom:task:end').hasSubscribers).toBe(false);
    expect(registry.getMetricsAsArray()).toEqual([]);
    registered.push(await registerMetrics(registry, { pools: () => [] }));
  });

  it('is refused by a registry that has such metrics already', async () => {
    const registry = await metricsOf([]);
    await expect(registerMetrics(registry, { pools: () => [] })).rejects.toThrow(/already been registered/);
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['no registry', undefined, { pools: () => [] }, {}],
    ['something else for a registry', {}, { pools: () => [] }, {}],
    ['no source', new Registry(), undefined, {}],
    ['a prefix that Prometheus does not take', new Registry(), { pools: () => [] }, { prefix: '1-' }],
  ])('refuses %s', async (_what, registry, source, options) => {
    await expect(registerMetrics(registry as never, source as never, options as never)).rejects.toMatchObject({
      code: 'GREEN_ERR_OPT_INVALID',
    });
  });
});

describe('registerMetrics() without prom-client', () => {
  it('is refused with what to install', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'greenroom-metrics-'));
    try {
      cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), join(folder, 'dist'), { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      const registry = '{ registerMetric() {}, removeSingleMetric() {} }';
      const script = `import { registerMetrics } from './dist/middleware/metrics.js';
        await registerMetrics(${registry}, { pools: () => [] }).catch(({ code, message }) => console.log(code, message));`;
      const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
      expect(stdout).toMatch(/^GREEN_ERR_OPT_INVALID .*npm install prom-client/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function fail(): never {
  throw new Error('failed');
}
