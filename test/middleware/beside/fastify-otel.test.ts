// @fastify/otel, registered after greenroom: spans of green handlers, and what is traced inside them.

import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';

import { wait } from '../../../src/index.ts';
import { concurrently, deep, gate, later, listen, until } from './green-server.ts';
import { finishedSpans, tracedServer, tracer } from './otel.ts';

const REQUESTS = 20;

function load(what: string): string {
  return tracer.startActiveSpan(`load ${what}`, (span) => {
    const found = wait(later(what));
    tracer.startSpan(`inside ${what}`).end();
    span.end();
    return found;
  });
}

/** The names from the request's span to this one. */
function path(span: ReadableSpan, spans: readonly ReadableSpan[]): string {
  const parent = spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
  return parent === undefined ? span.name : `${path(parent, spans)} > ${span.name}`;
}

describe('@fastify/otel', () => {
  it('ends the span of a green handler when that has returned, not when it first waits', async () => {
    const app = await tracedServer();
    const { promise, open } = gate();
    app.get('/', { green: true }, function handler() {
      wait(promise);
      return 'answer';
    });
    const answer = app.inject('/');
    await until(() => app.green.pool().stats.active === 1);
    await later(undefined);
    expect(finishedSpans()).toEqual([]);
    open();
    expect((await answer).body).toBe('answer');
    expect(finishedSpans().map(({ name }) => name)).toEqual(['handler - handler', 'request']);
  });

  it('is the parent of what is traced after waits at any depth, for 20 concurrent requests', async () => {
    const app = await tracedServer();
    app.get('/:id', { green: true }, function handler(request) {
      const { id } = request.params as { id: string };
      wait(later(undefined));
      deep(10, () => load(`${id}a`));
      wait(later(undefined));
      return load(`${id}b`);
    });
    const url = await listen(app);
    await concurrently(REQUESTS, async (number) => {
      expect(await (await fetch(`${url}/${number}`)).text()).toBe(`${number}b`);
    });
    const spans = finishedSpans();
    const traces = new Set(spans.map((span) => span.spanContext().traceId));
    expect(traces.size).toBe(REQUESTS);
    for (const trace of traces) {
      const own = spans.filter((span) => span.spanContext().traceId === trace);
      const id = own
        .find(({ name }) => name === 'request')
        ?.attributes['url.path']?.toString()
        .slice(1);
      expect(own.map((span) => path(span, own)).sort()).toEqual(
        [
          'request',
          'request > handler - handler',
          ...['a', 'b'].flatMap((part) => [
            `request > handler - handler > load ${id}${part}`,
            `request > handler - handler > load ${id}${part} > inside ${id}${part}`,
          ]),
        ].sort(),
      );
    }
  });

  it('records what a green handler throws after a wait', async () => {
    const app = await tracedServer();
    app.get('/', { green: true }, function handler() {
      wait(later(undefined));
      throw Object.assign(new Error('no tea'), { statusCode: 418 });
    });
    expect((await app.inject('/')).statusCode).toBe(418);
    const span = finishedSpans().find(({ name }) => name === 'handler - handler');
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no tea' });
  });

  it('lets green hooks through, and shows the span of the request there', async () => {
    const app = await tracedServer();
    const authenticate = app.green.hook(function authenticate(request) {
      wait(later(undefined));
      if (request.headers.authorization === undefined) throw Object.assign(new Error('who?'), { statusCode: 401 });
    });
    app.get('/', { green: true, preHandler: authenticate }, () => wait(later('secret')));
    const answers = [await app.inject('/'), await app.inject({ url: '/', headers: { authorization: 'ann' } })];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 200]);
    expect(answers[1]?.body).toBe('secret');
  });
});
