// How a server that is being closed ends its green requests.

import type { FastifyInstance } from 'fastify';

import type { RequestPools } from './pools.ts';

export function drainOnClose(fastify: FastifyInstance, pools: RequestPools, drainMs: number): void {
  let abortTimer: NodeJS.Timeout | undefined;
  const drained = async (): Promise<void> => {
    await Promise.all(Array.from(pools.all, ({ pool }) => pool.shutdown()));
  };

  fastify.addHook('preClose', async () => {
    for (const pool of pools.all) pool.beginClose(drainMs);
    abortTimer = setTimeout(() => {
      for (const pool of pools.all) pool.abortStreams();
    }, drainMs);
    // Queued now, this runs as soon as the server has closed and before every onClose hook, so that a handler whose
    // client is gone still has its database. It cannot be waited for here: Fastify ends the process if a preClose
    // hook takes longer than `pluginTimeout`.
    (fastify as { onClose?: (drain: () => Promise<void>) => void }).onClose?.(drained);
  });
  fastify.addHook('onClose', async () => {
    clearTimeout(abortTimer);
    await drained();
  });
}
