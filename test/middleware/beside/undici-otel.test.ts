// @opentelemetry/instrumentation-undici: calls that a green handler makes with greenroom/http-client are child spans.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { afterEach, describe, expect, it } from 'vitest';

import { HttpClient } from '../../../src/http-client/index.ts';
import { concurrently, listen } from './green-server.ts';
import { finishedSpans, provider, tracedServer } from './otel.ts';

const REQUESTS = 20;

const instrumentation = new UndiciInstrumentation();
instrumentation.setTracerProvider(provider);
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

describe('@opentelemetry/instrumentation-undici', () => {
  it('makes child spans of calls in green handlers, and sends their context on', async () => {
    const upstream = createServer((request, response) => response.end(String(request.headers['traceparent'])));
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const http = new HttpClient({
      green: true,
      baseUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    });
    cleanUps.push(
      () => http.close(),
      () => upstream.close(),
    );
    const app = await tracedServer();
    app.get('/:id', { green: true }, function handler(request) {
      const { id } = request.params as { id: string };
      return ['first', 'second'].map((call) => http.get(`/${id}/${call}`).text());
    });
    const url = await listen(app);
    await concurrently(REQUESTS, async (number) => {
      expect(await (await fetch(`${url}/${number}`)).json()).toHaveLength(2);
    });
    const spans = finishedSpans();
    const handlers = spans.filter(({ name }) => name === 'handler - handler');
    expect(handlers).toHaveLength(REQUESTS);
    for (const handler of handlers) {
      const { spanId } = handler.spanContext();
      const calls = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === spanId);
      expect(calls.map(({ attributes }) => String(attributes['url.path']).split('/').at(-1))).toEqual([
        'first',
        'second',
      ]);
    }
  });
});
