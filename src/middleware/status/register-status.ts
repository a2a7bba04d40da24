// The routes of the status page. None of them is green: the page must answer when every worker is stuck.

import type { OutgoingHttpHeaders } from 'node:http';

import type { FastifyInstance, FastifyReply, RouteShorthandOptions } from 'fastify';

import { EventStream } from './event-stream.ts';
import { resolveStatusOptions, type StatusOptions } from './options.ts';
import { statusPage } from './page.ts';
import { type PoolSource, SnapshotCollector } from './snapshot.ts';

/**
 * Adds three routes, all behind `options.guard`: the page itself at `options.path`, its data at `{path}/status.json`, and
 * the same as server-sent events at `{path}/events`, one an interval. Never suspends.
 *
 * Nothing is collected while nobody asks. At close the event streams are ended before the server waits for them.
 *
 * @param source - the pools to show, asked anew for every snapshot.
 * @throws `GREEN_ERR_OPT_INVALID` without a guard, for an unknown option, or one out of its range.
 * @see docs/status-page.md
 */
export function registerStatus(fastify: FastifyInstance, options: StatusOptions, source: PoolSource): void {
  const { path, guards, intervalMs } = resolveStatusOptions(options);
  const collector = new SnapshotCollector(source, intervalMs);
  const stream = new EventStream(collector, intervalMs);
  const route: RouteShorthandOptions = { onRequest: guards, green: false, logLevel: 'warn', exposeHeadRoute: false };

  fastify.get(path, route, (_request, reply) => {
    const { html, contentSecurityPolicy } = statusPage();
    harden(reply).type('text/html; charset=utf-8').header('content-security-policy', contentSecurityPolicy).send(html);
  });
  fastify.get(`${path}/status.json`, route, (_request, reply) => {
    harden(reply).type('application/json; charset=utf-8').send(collector.json());
  });
  fastify.get(`${path}/events`, route, (_request, reply) => {
    const headers = harden(reply).getHeaders() as OutgoingHttpHeaders;
    // Not sent through Fastify: a hook that compresses replies would hold the events back.
    reply.hijack();
    stream.add(reply.raw, headers);
  });
  fastify.addHook('preClose', async () => stream.close());
}

function harden(reply: FastifyReply): FastifyReply {
  return reply.headers({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  });
}
