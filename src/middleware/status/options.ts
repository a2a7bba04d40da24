// Options of the status page: defaults in one place, checked where they come in.

import type { onRequestHookHandler } from 'fastify';

import { InvalidOptionError } from '../../errors.ts';

/** An `onRequest` hook, as Fastify takes it. */
export type StatusGuard = onRequestHookHandler;

export interface StatusOptions {
  /** Where the page is; its data is below. One or more segments of letters, digits, `.`, `_`, `~` and `-`. */
  path?: string;
  /**
   * Hooks that let nobody in who must not see labels and stacks. They run as `onRequest` hooks of all three routes.
   * `false`, on purpose and in so many letters, for a server that only trusted people reach.
   */
  guard: StatusGuard | readonly StatusGuard[] | false;
  /** Milliseconds between two snapshots: 100 to 60,000. */
  intervalMs?: number;
}

export interface ResolvedStatusOptions {
  readonly path: string;
  readonly guards: StatusGuard[];
  readonly intervalMs: number;
}

const STATUS_DEFAULTS: Readonly<{ path: string; intervalMs: number }> = Object.freeze({
  path: '/greenroom',
  intervalMs: 1000,
});

const KEYS: readonly string[] = ['path', 'guard', 'intervalMs'];
const PATH = /^(\/[\w.~-]+)+$/;
const MIN_INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 60_000;

export function resolveStatusOptions(options: StatusOptions): ResolvedStatusOptions {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError('status', 'an object', options);
  for (const key of Object.keys(options)) {
    if (!KEYS.includes(key)) throw new InvalidOptionError('status', `made of ${KEYS.join(', ')}`, key);
  }
  const { path = STATUS_DEFAULTS.path, intervalMs = STATUS_DEFAULTS.intervalMs, guard } = options;
  if (typeof path !== 'string' || !PATH.test(path)) {
    throw new InvalidOptionError('status.path', "a path such as '/greenroom', without parameters", path);
  }
  if (!Number.isInteger(intervalMs) || intervalMs < MIN_INTERVAL_MS || intervalMs > MAX_INTERVAL_MS) {
    const expected = `an integer from ${MIN_INTERVAL_MS} to ${MAX_INTERVAL_MS} (milliseconds)`;
    throw new InvalidOptionError('status.intervalMs', expected, intervalMs);
  }
  return { path, intervalMs, guards: guardsOf(guard) };
}

// An empty array is refused, too: it would leave the page open without anybody having said so.
function guardsOf(guard: unknown): StatusGuard[] {
  if (guard === false) return [];
  const guards: unknown[] = Array.isArray(guard) ? guard : [guard];
  if (guards.length > 0 && guards.every((each) => typeof each === 'function')) return guards as StatusGuard[];
  throw new InvalidOptionError('status.guard', 'a hook, an array of hooks, or false for a page open to all', guard);
}
