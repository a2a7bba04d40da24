// The limits of each phase; that of the whole call in each phase, exchange.test.ts has.

import { describe, expect, it } from 'vitest';

import { run, wait } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { closed, deferred, startFaultServer, startServer } from '../servers.ts';
import { inEachMode, newGreenClient } from './modes.ts';

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n';

/** Answers with `answer`, and then no more; `gone` resolves when the client has closed the connection. */
async function startStalling(answer = '') {
  const gone = deferred();
  const { url } = await startFaultServer((socket) => {
    void closed(socket).then(gone.resolve);
    if (answer !== '') socket.write(answer);
  });
  return { url, gone: gone.promise };
}

describe('the limit on connecting', () => {
  inEachMode('counts until TLS is agreed on', async ({ newClient, call }) => {
    const { url, gone } = await startStalling();
    const target = `${url.replace('http', 'https')}/path?token=secret`;
    const error = await failureOf(call(() => newClient({ timeout: { connect: 200 } }).get(target)));
    expect(error).toMatchObject({
      code: 'GREEN_ERR_HTTP_TIMEOUT',
      statusCode: 504,
      phase: 'connect',
      timeout: 'connect',
      limit: 200,
      attempt: 1,
      url: target.split('?')[0],
    });
    expect(error['elapsed']).toBeGreaterThan(190);
    await gone;
  });

  inEachMode("tells the client's, where a request has more than a new connection has", async ({ newClient, call }) => {
    const { url } = await startStalling();
    const client = newClient({ timeout: { connect: 50 } });
    for (const connect of [10_000, 0]) {
      const error = await failureOf(call(() => client.get(url.replace('http', 'https'), { timeout: { connect } })));
      expect(error).toMatchObject({ phase: 'connect', timeout: 'connect', limit: 50 });
    }
  });

  inEachMode('counts until a free connection is found', async ({ newClient, call }) => {
    const { url } = await startStalling();
    const client = newClient({ connections: 1, timeout: { total: 5000 } });
    const aborter = new AbortController();
    const first = failureOf(call(() => client.get(url, { signal: aborter.signal })));
    const error = await failureOf(call(() => client.get(url, { timeout: { connect: 30 } })));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'connect', timeout: 'connect', limit: 30 });
    aborter.abort();
    await first;
  });

  inEachMode("counts until a free connection is found, the client's own as well", async ({ newClient, call }) => {
    const { url } = await startStalling();
    const client = newClient({ connections: 1, timeout: { connect: 200, total: 5000 } });
    const aborter = new AbortController();
    const first = failureOf(call(() => client.get(url, { signal: aborter.signal })));
    const error = await failureOf(call(() => client.get(url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'connect', timeout: 'connect', limit: 200 });
    aborter.abort();
    await first;
  });

  inEachMode("counts until a proxy's tunnel is there", async ({ newClient, call }) => {
    const { url, gone } = await startStalling();
    const client = newClient({ proxy: url, timeout: { connect: 200, total: 5000 } });
    const error = await failureOf(call(() => client.get('https://does-not-exist.invalid/')));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'connect', timeout: 'connect', limit: 200 });
    await gone;
  });

  inEachMode('is not there with 0', async ({ newClient, call }) => {
    const { url } = await startStalling();
    const timeout = { connect: 0, total: 60 };
    const error = await failureOf(call(() => newClient({ timeout }).get(url.replace('http', 'https'))));
    expect(error).toMatchObject({ phase: 'connect', timeout: 'total', limit: 60 });
  });
});

describe('the limit on the headers', () => {
  inEachMode('counts from when the request is on the wire', async ({ newClient, call }) => {
    const { url, gone } = await startStalling();
    const error = await failureOf(call(() => newClient({ timeout: { headers: 30 } }).post(url, { json: {} })));
    expect(error).toMatchObject({
      code: 'GREEN_ERR_HTTP_TIMEOUT',
      phase: 'headers',
      timeout: 'headers',
      limit: 30,
      message: expect.stringMatching(
        /^The POST request exceeded its headers limit of 30 ms in the headers phase; \d+ ms were spent\.$/,
      ),
    });
    await gone;
  });

  inEachMode('does not end with an informational response, nor with half of the headers', async (mode) => {
    for (const answer of ['HTTP/1.1 103 Early Hints\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-len']) {
      const { url, gone } = await startStalling(answer);
      const error = await failureOf(mode.call(() => mode.newClient({ timeout: { headers: 30 } }).get(url)));
      expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', timeout: 'headers' });
      await gone;
    }
  });

  inEachMode('is no limit on the body', async ({ newClient, call }) => {
    const { url } = await startFaultServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n');
      setTimeout(() => socket.write('ok'), 500);
    });
    const response = await call(() => newClient({ timeout: { headers: 300 } }).get(url));
    expect(response.text()).toBe('ok');
  });
});

describe('the limit on the body', () => {
  inEachMode('counts between two pieces', async ({ newClient, call }) => {
    const { url, gone } = await startStalling(`${HEAD}some`);
    const error = await failureOf(call(() => newClient({ timeout: { body: 40 } }).get(url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'body', timeout: 'body', limit: 40 });
    await gone;
  });

  inEachMode('begins anew with each piece', async ({ newClient, call }) => {
    const { url } = await startServer((_, response) => {
      let pieces = 0;
      const drip = setInterval(() => {
        if (++pieces < 7) return void response.write('x');
        clearInterval(drip);
        response.end();
      }, 150);
    });
    const response = await call(() => newClient({ timeout: { body: 800, total: 20_000 } }).get(url));
    expect(response.text()).toBe('xxxxxx');
    expect(response.elapsed).toBeGreaterThan(800);
  });
});

describe('a limit', () => {
  inEachMode("of the request is put over the client's, each by itself", async ({ newClient, call }) => {
    const { url } = await startStalling();
    const client = newClient({ timeout: { total: 10_000, headers: 5000 } });
    const phase = await failureOf(call(() => client.get(url, { timeout: { headers: 30 } })));
    expect(phase).toMatchObject({ timeout: 'headers', limit: 30 });
    const total = await failureOf(call(() => client.get(url, { timeout: 300 })));
    expect(total).toMatchObject({ timeout: 'total', phase: 'headers', limit: 300 });
    const ofClient = await failureOf(
      call(() => newClient({ timeout: { headers: 35 } }).get(url, { timeout: { total: 9000, body: 1 } })),
    );
    expect(ofClient).toMatchObject({ timeout: 'headers', limit: 35 });
  });

  inEachMode('of undici is none of them', async ({ newClient, call }) => {
    const { url } = await startFaultServer((socket) => {
      setTimeout(() => socket.write('HTTP/1.1 204 No Content\r\n\r\n'), 50);
    });
    expect((await call(() => newClient({ timeout: { total: 0, connect: 0 } }).get(url))).status).toBe(204);
  });
});

describe('the limits of a streamed response', () => {
  inEachMode('end at its headers, as far as the whole call goes', async ({ newClient, call, green }) => {
    const { url } = await startServer((_, response) => {
      response.write('x');
      setTimeout(() => response.end('y'), 600);
    });
    const client = newClient({ timeout: { total: 400, body: 10_000 } });
    const text = await call(() => {
      const response = client.get(url, { stream: true });
      return green
        ? (response as { text(): string }).text()
        : (response as Promise<{ text(): string }>).then((r) => r.text());
    });
    expect(text).toBe('xy');
  });

  inEachMode('count while the server gives nothing', async ({ newClient, call }) => {
    const { url, gone } = await startStalling(`${HEAD}some`);
    for (const timeout of [{ body: 400 }, { total: 400 }]) {
      const response = await call(() => newClient({ timeout }).get(url, { stream: true }));
      const error = await failureOf(call(() => response.text()));
      expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'body', timeout: 'body', limit: 400 });
    }
    await gone;
  });

  it('do not count while nobody reads what is there', async () => {
    const size = 4_000_000;
    const { url } = await startServer((_, response) => response.end(Buffer.alloc(size)));
    const client = newGreenClient({ timeout: { body: 600 } });
    const read = await run(() => {
      const response = client.get(url, { stream: true });
      let bytes = 0;
      for (const piece of response.iterBytes()) {
        if (bytes === 0) wait(new Promise((resolve) => setTimeout(resolve, 900)));
        bytes += piece.length;
      }
      return bytes;
    });
    expect(read).toBe(size);
  });
});
