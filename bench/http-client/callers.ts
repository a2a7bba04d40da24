// The same call written for each client: GET, the whole body, parsed as JSON. Each has its defaults, but for the number of
// connections: kept alive, and no more of them than there are calls at a time.

import { Agent as HttpAgent } from 'node:http';
import { performance } from 'node:perf_hooks';

import type { Dispatcher } from 'undici';

import type { Variant } from './variants.ts';

export interface Answer {
  readonly id: number;
}

export interface Caller {
  /** Of the green variants. */
  readonly switchKind: string | null;
  once(): Promise<Answer>;
  /** Calls one after another until `endMs` of performance.now(). @returns how many there were. */
  callUntil(endMs: number): Promise<number>;
}

type Call = () => Promise<Answer>;

/** Loads only what `variant` needs: what is loaded may slow down what is not meant, as a hook of async_hooks would. */
export async function callerOf(variant: Variant, url: string, concurrency: number): Promise<Caller> {
  if (variant === 'green') return await greenCaller(url, concurrency);
  const call = await callOf(variant, url, concurrency);
  return {
    switchKind: null,
    once: call,
    callUntil: async (endMs) => {
      let count = 0;
      for (; performance.now() < endMs; count++) check(await call());
      return count;
    },
  };
}

async function greenCaller(url: string, connections: number): Promise<Caller> {
  const { run, switchKind } = await import('greenroom');
  const { HttpClient } = await import('greenroom/http-client');
  const http = new HttpClient({ green: true, connections });
  return {
    switchKind: switchKind(),
    once: () => run(() => http.get(url).json<Answer>()),
    callUntil: (endMs) =>
      run(() => {
        let count = 0;
        for (; performance.now() < endMs; count++) check(http.get(url).json<Answer>());
        return count;
      }),
  };
}

async function callOf(variant: Exclude<Variant, 'green'>, url: string, connections: number): Promise<Call> {
  switch (variant) {
    case 'green-run': {
      const { run } = await import('greenroom');
      const { HttpClient } = await import('greenroom/http-client');
      const http = new HttpClient({ green: true, connections });
      return () => run(() => http.get(url).json<Answer>());
    }
    case 'promise': {
      const { HttpClient } = await import('greenroom/http-client');
      const http = new HttpClient({ connections });
      return async () => (await http.get(url)).json<Answer>();
    }
    case 'undici-request':
    case 'undici-request-again': {
      const { Agent, request } = await import('undici');
      const dispatcher = new Agent({ connections });
      return async () => (await (await request(url, { dispatcher })).body.json()) as Answer;
    }
    case 'undici-fetch': {
      const { Agent, fetch } = await import('undici');
      const dispatcher = new Agent({ connections });
      return async () => (await (await fetch(url, { dispatcher })).json()) as Answer;
    }
    case 'undici-dispatch': {
      const { Agent } = await import('undici');
      return dispatchCall(new Agent({ connections }), url);
    }
    case 'got': {
      const { got } = await import('got');
      const client = got.extend({ agent: { http: new HttpAgent({ keepAlive: true, maxSockets: connections }) } });
      return () => client(url).json<Answer>();
    }
    case 'axios': {
      const { default: axios } = await import('axios');
      const client = axios.create({ httpAgent: new HttpAgent({ keepAlive: true, maxSockets: connections }) });
      return async () => (await client.get<Answer>(url)).data;
    }
  }
}

/** The least that a call on undici can be: no deadline, no size limit, no headers, no status. */
function dispatchCall(agent: Dispatcher, url: string): Call {
  const { origin, pathname: path } = new URL(url);
  return () =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      agent.dispatch(
        { origin, path, method: 'GET' },
        {
          onRequestStart: () => {},
          onResponseStart: () => {},
          onResponseData: (_controller, chunk) => {
            chunks.push(chunk);
          },
          onResponseEnd: () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as Answer),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
}

function check(answer: Answer): void {
  if (answer.id !== 1) throw new Error('The service gave another answer');
}
