// How a client's connections are used, from what undici's pools say.

import type { Agent } from 'undici';

export interface HttpConnectionStats {
  /** Open connections. */
  connected: number;
  /** Those of them that wait for a request. */
  free: number;
  /** Requests on their way, or whose response is coming in. */
  running: number;
  /** Requests that wait for a connection, `queued` included. */
  pending: number;
  /** Requests that wait because `connections` are busy. */
  queued: number;
}

export interface HttpClientStats extends HttpConnectionStats {
  /** How many connections were begun since the client was made. */
  connectionsMade: number;
  /** By origin; a proxy counts under its own for what it is asked to forward. */
  origins: Record<string, HttpConnectionStats>;
}

export function newStats(connectionsMade: number): HttpClientStats {
  return { connectionsMade, ...zero(), origins: {} };
}

export function addAgentStats(stats: HttpClientStats, agent: Agent): void {
  for (const [origin, found] of Object.entries(agent.stats)) {
    const connected = Number(found.connected); // of a single Client: true or false
    addOrigin(stats, origin, {
      connected,
      free: 'free' in found ? found.free : Math.max(0, connected - found.running),
      running: found.running,
      pending: found.pending,
      queued: 'queued' in found ? found.queued : 0,
    });
  }
}

export function addStats(stats: HttpClientStats, more: HttpClientStats): void {
  stats.connectionsMade += more.connectionsMade;
  for (const [origin, found] of Object.entries(more.origins)) addOrigin(stats, origin, found);
}

function addOrigin(stats: HttpClientStats, origin: string, found: HttpConnectionStats): void {
  const known = stats.origins[origin];
  stats.origins[origin] = known === undefined ? found : sum(known, found);
  Object.assign(stats, sum(stats, found));
}

function sum(a: HttpConnectionStats, b: HttpConnectionStats): HttpConnectionStats {
  return {
    connected: a.connected + b.connected,
    free: a.free + b.free,
    running: a.running + b.running,
    pending: a.pending + b.pending,
    queued: a.queued + b.queued,
  };
}

function zero(): HttpConnectionStats {
  return { connected: 0, free: 0, running: 0, pending: 0, queued: 0 };
}
