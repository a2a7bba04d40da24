// One worker process for each core, behind nginx, restarted one after the other without losing a request.
//
//   PORT=3000 node build/dev/examples/cluster.js      then: kill -HUP <pid>
//
// Every process has pools of its own: a cluster of four answers four times maxWorkers at once. `examples/nginx.conf` goes
// with it.

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import closeWithGrace from 'close-with-grace';
import Fastify from 'fastify';
import { wait } from 'greenroom';
import greenroom from 'greenroom/middleware';

const HAND_OVER_MS = 300;
const CLOSE_WITHIN_MS = 15_000; // longer than the plugin's drainTimeout and its clean-up

if (cluster.isPrimary) await supervise();
else await serve();

async function supervise(): Promise<void> {
  const count = Number(process.env['WORKERS'] ?? availableParallelism());
  let closing = false;
  let restarting: Promise<void> = Promise.resolve();
  cluster.on('exit', (worker) => {
    // One that was not told to go is replaced.
    if (!closing && !worker.exitedAfterDisconnect) cluster.fork();
  });
  await Promise.all(Array.from({ length: count }, startWorker));
  console.log(
    `${count} workers on http://127.0.0.1:${process.env['PORT'] ?? 3000}; kill -HUP ${process.pid} restarts them`,
  );

  process.on('SIGHUP', () => {
    restarting = restarting.then(restart);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      closing = true;
      for (const worker of workers()) retire(worker);
    });
  }
}

/** One at a time, and the new one first: there is never one fewer. */
async function restart(): Promise<void> {
  for (const worker of workers()) {
    await startWorker();
    const gone = once(worker, 'exit');
    retire(worker);
    await gone;
  }
}

async function startWorker(): Promise<void> {
  await once(cluster.fork(), 'listening');
}

function retire(worker: Worker): void {
  worker.exitedAfterDisconnect = true;
  worker.process.kill('SIGTERM');
}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

async function serve(): Promise<void> {
  // A connection that was accepted just before the end is answered, too.
  const app = Fastify({ return503OnClosing: false });
  await app.register(greenroom, { maxWorkers: 100 });
  app.get('/', { green: true }, () => {
    wait(new Promise((resolve) => setTimeout(resolve, 50)));
    return { pid: process.pid };
  });
  closeWithGrace({ delay: CLOSE_WITHIN_MS }, async () => {
    app.server.maxConnections = 0; // from Node 22 on the primary then gets back what it hands over, for another worker
    await sleep(HAND_OVER_MS); // on a connection that was accepted just now, the request is still to come
    await app.close(); // answers what it has
    await sleep(HAND_OVER_MS); // on Node 20 the primary gets connections back only now, as long as this process lives
  });
  await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' });
}
