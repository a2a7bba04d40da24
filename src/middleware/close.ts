// How a server that is being closed ends its green requests. Fastify itself refuses new ones from the beginning (unless
// told otherwise, by return503OnClosing), so the pools go on until the server has closed: a request that was in flight
// may still be on its way to its handler.

import type { FastifyInstance } from 'fastify';

import type { RequestPools } from './pools.ts';

export function drainOnClose(fastify: FastifyInstance, pools: RequestPools, drainMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  const drain = async (): Promise<void> => {
    await Promise.all(Array.from(pools.all, ({ pool }) => pool.shutdown()));
    clearTimeout(timer);
  };

  fastify.addHook('preClose', async () => {
    for (const pool of pools.all) pool.endKeepAlive();
    timer = setTimeout(() => {
      for (const pool of pools.all) pool.cancelAll();
    }, drainMs);
    // Queued now, this runs as soon as the server has closed and before every onClose hook, so that a handler whose
    // client is gone still has its database. It cannot be waited for here: Fastify ends the process if a preClose
    // hook takes longer than `pluginTimeout`.
    (fastify as { onClose?: (drain: () => Promise<void>) => void }).onClose?.(drain);
  });
  fastify.addHook('onClose', drain);
}
