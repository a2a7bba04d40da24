// The handlers. Both versions of a pair do the same work and give the same answer; only the waiting differs.

import { wait } from 'greenroom';
import { HttpClient } from 'greenroom/http-client';
import { Agent, request } from 'undici';

import type { Variant } from './variants.ts';

export interface Work {
  readonly green: boolean;
  readonly handler: () => unknown;
}

interface Item {
  id: number;
  next: number;
}

const DEPTH = 15;

function later(value: number): Promise<number> {
  return new Promise((resolve) => setImmediate(resolve, value));
}

// --- deep: 15 calls, with something to await at the bottom ---

async function deepAsync(depth: number): Promise<number> {
  if (depth === 0) return await later(1);
  return (await deepAsync(depth - 1)) + 1;
}

function deepGreen(depth: number): number {
  if (depth === 0) return wait(later(1));
  return deepGreen(depth - 1) + 1;
}

// --- upstream: the second call needs the answer of the first ---

async function undiciItem(agent: Agent, url: string, id: number): Promise<Item> {
  const { statusCode, body } = await request(`${url}/items/${id}`, { dispatcher: agent });
  if (statusCode !== 200) throw new Error(`upstream answered ${statusCode}`);
  return (await body.json()) as Item;
}

async function undiciItems(agent: Agent, url: string): Promise<Item[]> {
  const first = await undiciItem(agent, url, 1);
  return [first, await undiciItem(agent, url, first.next)];
}

async function asyncItem(http: HttpClient, id: number): Promise<Item> {
  return (await http.get(`/items/${id}`)).raiseForStatus().json<Item>();
}

async function asyncItems(http: HttpClient): Promise<Item[]> {
  const first = await asyncItem(http, 1);
  return [first, await asyncItem(http, first.next)];
}

function greenItem(http: HttpClient<true>, id: number): Item {
  return http.get(`/items/${id}`).raiseForStatus().json<Item>();
}

function greenItems(http: HttpClient<true>): Item[] {
  const first = greenItem(http, 1);
  return [first, greenItem(http, first.next)];
}

/** Makes only what `variant` needs, so that a server has no idle client. */
export function workOf(variant: Variant, upstreamUrl: string): Work {
  switch (variant) {
    case 'plain-async':
    case 'plain-async-again':
      return { green: false, handler: async () => ({ sum: 15 }) };
    case 'plain-green':
      return { green: true, handler: () => ({ sum: 15 }) };
    case 'wait1-async':
      return { green: false, handler: async () => ({ sum: await later(15) }) };
    case 'wait1-green':
      return { green: true, handler: () => ({ sum: wait(later(15)) }) };
    case 'wait5-async':
      return {
        green: false,
        handler: async () => {
          let sum = 0;
          for (let n = 1; n <= 5; n++) sum += await later(n);
          return { sum };
        },
      };
    case 'wait5-green':
      return {
        green: true,
        handler: () => {
          let sum = 0;
          for (let n = 1; n <= 5; n++) sum += wait(later(n));
          return { sum };
        },
      };
    case 'deep-async':
      return { green: false, handler: async () => ({ sum: await deepAsync(DEPTH) }) };
    case 'deep-green':
      return { green: true, handler: () => ({ sum: deepGreen(DEPTH) }) };
    case 'upstream-undici': {
      const agent = new Agent();
      return { green: false, handler: async () => ({ items: await undiciItems(agent, upstreamUrl) }) };
    }
    case 'upstream-async': {
      const http = new HttpClient({ baseUrl: upstreamUrl });
      return { green: false, handler: async () => ({ items: await asyncItems(http) }) };
    }
    case 'upstream-green': {
      const http = new HttpClient({ green: true, baseUrl: upstreamUrl });
      return { green: true, handler: () => ({ items: greenItems(http) }) };
    }
  }
}
