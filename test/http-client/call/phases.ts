// Calls that do not end by themselves, each stuck in another phase: for what ends them from outside.

import { setImmediate as turn } from 'node:timers/promises';

import type { HttpClient, HttpClientOptions, HttpRequestOptions } from '../../../src/http-client/index.ts';
import { wait } from '../../../src/pool/index.ts';
import { closed, deferred, startFaultServer } from '../servers.ts';

export interface StuckCall {
  readonly phase: string;
  readonly clientOptions: HttpClientOptions;
  /** Makes the call: in a context, or gives a promise. */
  begin(client: HttpClient<boolean>, options?: HttpRequestOptions): unknown;
  /** Resolves when it is stuck. */
  readonly stuck: Promise<void>;
  /** Resolves when the server has no connection any more; null where undici keeps one. */
  readonly gone: Promise<void> | null;
}

const never = (): Promise<never> => new Promise(() => {});
const OK = 'HTTP/1.1 200 OK\r\n';

/** What the server answers, and what the call asks for. */
const CASES: Record<string, (stuck: () => void) => Case> = {
  'while it connects': (stuck) => ({ tls: true, onHead: stuck, keepsConnection: true }),
  'before the headers': (stuck) => ({ onHead: stuck }),
  'in the body': (stuck) => ({ answer: `${OK}content-length: 9\r\n\r\nbegun`, options: { onDownloadProgress: stuck } }),
  'in the pause before a retry': (stuck) => ({
    answer: 'HTTP/1.1 503 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
    clientOptions: { retry: { limit: 1, backoff: 20_000, jitter: 0 }, hooks: { beforeRetry: () => stuck() } },
  }),
  'in a hook that returns a promise': (stuck) => ({
    answer: `${OK}content-length: 0\r\nconnection: close\r\n\r\n`,
    clientOptions: {
      hooks: {
        afterResponse: () => {
          stuck();
          return never();
        },
      },
    },
  }),
  'in a streamed body': (stuck) => ({
    answer: `${OK}content-length: 900000\r\n\r\nbegun`,
    options: { stream: true, onDownloadProgress: stuck },
  }),
  'while it sends a body': (stuck) => ({
    onHead: stuck,
    method: 'POST',
    options: {
      body: async function* (): AsyncGenerator<string> {
        yield 'begun';
        await never();
      },
    },
  }),
};

/** In a context alone. */
const GREEN_CASES: Record<string, (stuck: () => void) => Case> = {
  'in a hook that waits': (stuck) => ({
    answer: `${OK}content-length: 0\r\nconnection: close\r\n\r\n`,
    clientOptions: {
      hooks: {
        afterResponse: () => {
          stuck();
          wait(never());
        },
      },
    },
  }),
  'while it runs a generator for its body': (stuck) => ({
    onHead: stuck,
    method: 'POST',
    options: {
      body: function* (): Generator<string> {
        yield 'begun';
        wait(never());
      },
    },
  }),
};

interface Case {
  readonly tls?: boolean;
  readonly answer?: string;
  readonly method?: string;
  readonly options?: HttpRequestOptions;
  readonly clientOptions?: HttpClientOptions;
  readonly keepsConnection?: boolean;
  readonly onHead?: () => void;
}

export const PHASES: readonly string[] = Object.keys(CASES);
export const GREEN_PHASES: readonly string[] = [...PHASES, ...Object.keys(GREEN_CASES)];

export async function stuckCall(phase: string): Promise<StuckCall> {
  const reached = deferred();
  const disconnected = deferred();
  // A turn later, so that whoever is told is out of whatever it was told from.
  const stuck = (): void => void turn().then(() => reached.resolve());
  const {
    tls,
    answer,
    method = 'GET',
    options,
    clientOptions = {},
    keepsConnection,
    onHead,
  } = (CASES[phase] ?? (GREEN_CASES[phase] as (stuck: () => void) => Case))(stuck);
  const { url } = await startFaultServer((socket) => {
    void closed(socket).then(disconnected.resolve);
    if (answer !== undefined) socket.write(answer);
    onHead?.();
  });
  const target = tls ? url.replace('http', 'https') : url;
  return {
    phase,
    clientOptions,
    begin: (client, own) => {
      const response = client.request(method, target, { ...options, ...own }) as { text(): unknown };
      if (options?.stream !== true) return response;
      return response instanceof Promise ? response.then((streamed) => streamed.text()) : response.text();
    },
    stuck: reached.promise,
    gone: keepsConnection ? null : disconnected.promise,
  };
}
