// How long a call may take, as a whole and phase by phase.

import { InvalidOptionError } from '../errors.ts';
import { MAX_TIMEOUT_MS } from '../pool/index.ts';

/** All in milliseconds, 0 to 2,147,483,647, where 0 is no limit. */
export interface HttpTimeouts {
  /**
   * From the call until its response is there: with its whole body, or, with `stream: true`, with its headers. Retries,
   * redirects and the pauses between them included. Default: 30,000.
   */
  total?: number;
  /**
   * Until the request is on a connection: a free one, or a new one, which never has longer than the client says, whatever
   * the request does. Default: 10,000.
   */
  connect?: number;
  /** From there until the response's headers. Default: no limit but `total`. */
  headers?: number;
  /** Between two pieces of the body. Default: no limit but `total`; with `stream: true` as long as `total`. */
  body?: number;
}

export interface ResolvedTimeouts {
  readonly total: number;
  readonly connect: number;
  readonly headers: number;
  readonly body: number;
}

export const DEFAULT_TIMEOUTS: ResolvedTimeouts = Object.freeze({
  total: 30_000,
  connect: 10_000,
  headers: 0,
  body: 0,
});

const NAMES = Object.keys(DEFAULT_TIMEOUTS);

/** A number is the total; what is not given is taken from `base`. */
export function resolveTimeouts(
  timeout: number | HttpTimeouts | undefined,
  base: ResolvedTimeouts = DEFAULT_TIMEOUTS,
): ResolvedTimeouts {
  if (timeout === undefined) return base;
  if (typeof timeout === 'number') {
    if (timeout === base.total) return base;
    assertTimeout('timeout', timeout);
    return { ...base, total: timeout };
  }
  if (typeof timeout !== 'object' || timeout === null) {
    throw new InvalidOptionError('timeout', `a number of milliseconds, or an object of ${NAMES.join(', ')}`, timeout);
  }
  const resolved: Record<string, number> = { ...base };
  for (const [name, value] of Object.entries(timeout)) {
    if (!NAMES.includes(name)) throw new InvalidOptionError('timeout', `made of ${NAMES.join(', ')}`, name);
    if (value === undefined) continue;
    assertTimeout(`timeout.${name}`, value);
    resolved[name] = value;
  }
  return resolved as unknown as ResolvedTimeouts;
}

function assertTimeout(name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value <= MAX_TIMEOUT_MS) return;
  throw new InvalidOptionError(name, `a number of milliseconds from 0 (no limit) to ${MAX_TIMEOUT_MS}`, value);
}
