// Legacy listeners as routes of Fastify.

import type { IncomingMessage, ServerResponse } from 'node:http';

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

import { InvalidOptionError } from '../errors.ts';
import { assertInteger, assertKnownKeys, MAX_TIMEOUT_MS } from '../pool/index.ts';
import type { PooledListener } from './run-in-pool.ts';

const OPTIONS = { drain: undefined };

/**
 * A Fastify plugin that gives all requests under its prefix to a listener made by `runInPool()`, with the body unread and
 * the prefix taken off `req.url` (`req.originalUrl` has all of it, `req.baseUrl` the prefix), as Express mounts apps.
 * Fastify's `onRequest` and other hooks up to `preHandler` run; its serializers, `onSend` hooks and error handlers do
 * not. `fastify.close()` shuts the listener down.
 *
 * @param listener - made by `runInPool()`.
 * @param options - `drain`: milliseconds that its requests have after close(): 0 to 2,147,483,647. Default 10,000.
 * @throws `GREEN_ERR_OPT_INVALID` for bad arguments.
 * @example
 * ```ts
 * import Fastify from 'fastify';
 * import { legacyRoutes, runInPool } from 'greenroom/middleware';
 *
 * const app = Fastify();
 * await app.register(legacyRoutes(runInPool(expressApp, { maxWorkers: 20 })), { prefix: '/legacy' });
 * ```
 */
export function legacyRoutes<Req extends IncomingMessage, Res extends ServerResponse>(
  listener: PooledListener<Req, Res>,
  options: { drain?: number } = {},
): FastifyPluginAsync {
  if (typeof listener !== 'function' || typeof listener.shutdown !== 'function') {
    throw new InvalidOptionError('legacyRoutes() listener', 'what runInPool() has returned', listener);
  }
  assertKnownKeys(options, OPTIONS, 'legacyRoutes() options');
  const { drain = 10_000 } = options;
  assertInteger('drain', drain, 0, MAX_TIMEOUT_MS);
  return async (fastify) => {
    const { prefix } = fastify;
    // The body is the legacy code's to read.
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const handler = (request: FastifyRequest, reply: FastifyReply): void => {
      reply.hijack();
      // @fastify/express makes Express's `res.send()` Fastify's, which says nothing for a hijacked reply.
      Reflect.deleteProperty(reply.raw, 'send');
      listener(mounted(request.raw, prefix) as Req, reply.raw as ServerResponse as Res);
    };
    for (const url of prefix === '' || prefix === '/' ? ['/*'] : ['/', '/*']) {
      fastify.all(url, { green: false }, handler);
    }
    fastify.addHook('preClose', async () => {
      void listener.shutdown({ drain });
    });
    fastify.addHook('onClose', async () => {
      await listener.shutdown({ drain });
    });
  };
}

function mounted(
  request: IncomingMessage & { baseUrl?: string; originalUrl?: string },
  prefix: string,
): IncomingMessage {
  const { url = '/' } = request;
  if (prefix === '' || prefix === '/') return request;
  const rest = url.slice(prefix.length);
  request.originalUrl = url;
  request.baseUrl = url.slice(0, prefix.length);
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  return request;
}
