// What is given up goes off the wire: nginx, in the middle of sending a file that takes it a minute, finds nobody there.

import { expect, onTestFinished, test } from 'vitest';

import { HttpClient, type HttpClientOptions } from '../../src/http-client/index.ts';
import { run, spawn, withTimeout } from '../../src/pool/index.ts';
import { failureOf } from '../http-client/both-modes.ts';
import { LARGE } from './support/htdocs.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { serverSuite } from './support/server-suite.ts';

/** Gives up the slow file at `url`, once `begun` is resolved by its first bytes. Resolves to the code of the failure. */
type Way = (options: HttpClientOptions, url: string) => Promise<unknown>;

const GREEN_WAYS: Record<string, Way> = {
  'a context that is cancelled': async (options, url) => {
    const [begun, onDownloadProgress] = signal();
    const client = newGreenClient(options);
    const task = spawn(() => client.get(url, { onDownloadProgress }));
    await begun;
    task.cancel();
    return (await failureOf(task.promise))['code'];
  },
  'a context that is cancelled while it reads': async (options, url) => {
    const [begun, tell] = signal();
    const client = newGreenClient(options);
    const task = spawn(() => {
      for (const _piece of client.get(url, { stream: true }).iterBytes(100)) tell();
    });
    await begun;
    task.cancel();
    return (await failureOf(task.promise))['code'];
  },
  'a time limit around the reading': async (options, url) => {
    const client = newGreenClient(options);
    const read = (): Buffer => {
      const stream = client.get(url, { stream: true });
      return withTimeout(100, () => stream.bytes());
    };
    return (await failureOf(run(read)))['code'];
  },
  'a context that ends without having read': async (options, url) => {
    const client = newGreenClient(options);
    return run(() => client.get(url, { stream: true }).status);
  },
};

const PROMISE_WAYS: Record<string, Way> = {
  'a signal': async (options, url) => {
    const [begun, onDownloadProgress] = signal();
    const controller = new AbortController();
    const failure = failureOf(newClient(options).get(url, { onDownloadProgress, signal: controller.signal }));
    await begun;
    controller.abort();
    return (await failure)['code'];
  },
  'a loop that is left': async (options, url) => {
    const stream = await newClient(options).get(url, { stream: true });
    for await (const _piece of stream.iterBytes(100)) break;
    return stream.status;
  },
};

serverSuite('Off the wire, by', ['nginx'], { nginx: startNginx }, (servers) => {
  for (const [title, giveUp] of Object.entries({ ...GREEN_WAYS, ...PROMISE_WAYS })) {
    for (const protocol of ['HTTP/1.1', 'HTTP/2']) {
      test(`${title} (${protocol})`, async () => {
        const { nginx } = servers;
        const http2 = protocol === 'HTTP/2';
        const path = `/slow/large.bin?${encodeURIComponent(`${title} ${protocol}`)}`;
        const options = { http2, tls: { ca: nginx.certificates.ca } };
        const outcome = await giveUp(options, (http2 ? nginx.tlsUrl : nginx.url) + path);
        expect(outcome).toBe(OUTCOMES[title] ?? 'GREEN_ERR_CANCELLED');
        await expect.poll(() => bytesSent(nginx, path), { timeout: 20_000 }).toBeLessThan(LARGE.length);
      });
    }
  }

  test('a signal: the other requests on a connection of HTTP/2 go on', async () => {
    const { tlsUrl, certificates } = servers.nginx;
    const client = newClient({ http2: true, tls: { ca: certificates.ca }, baseUrl: tlsUrl });
    const connection = async (): Promise<string | undefined> => (await client.get('/connection')).text().split(' ')[0];
    const before = await connection();
    const [begun, onDownloadProgress] = signal();
    const controller = new AbortController();
    const other = client.get('/slow/text.txt'); // as much as nginx sends in a second
    const failure = failureOf(client.get('/slow/large.bin', { onDownloadProgress, signal: controller.signal }));
    await begun;
    controller.abort();
    expect((await failure)['code']).toBe('GREEN_ERR_CANCELLED');
    expect((await other).ok).toBe(true);
    expect(await connection()).toBe(before);
  });
});

const OUTCOMES: Record<string, unknown> = {
  'a time limit around the reading': 'GREEN_ERR_WAIT_TIMEOUT',
  'a context that ends without having read': 200,
  'a loop that is left': 200,
};

/** Of a request that has ended before its response was sent; NaN before that. */
function bytesSent({ accessLog }: Nginx, path: string): number {
  const line = accessLog()
    .split('\n')
    .find((one) => one.startsWith(`GET ${path} 200 `));
  const [, bytes] = /200 (\d+) $/.exec(line ?? '') ?? [];
  return Number(bytes ?? Number.NaN);
}

function signal(): [begun: Promise<void>, tell: () => void] {
  let tell!: () => void;
  const begun = new Promise<void>((resolve) => {
    tell = () => resolve();
  });
  return [begun, tell];
}

function newClient(options: HttpClientOptions): HttpClient {
  const client = new HttpClient({ ...options, green: false });
  onTestFinished(() => client.close());
  return client;
}

function newGreenClient(options: HttpClientOptions): HttpClient<true> {
  const client = new HttpClient({ ...options, green: true });
  onTestFinished(() => client.close());
  return client;
}
