// Runs the example's application, and the upstream it calls. `npm start`; it prints what to curl.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import closeWithGrace from 'close-with-grace';
import { switchKind } from 'greenroom';

import { buildServer } from './app.ts';

const CLOSE_WITHIN_MS = 15_000; // longer than the plugin's drainTimeout and its clean-up

const upstream = fork(fileURLToPath(new URL('./upstream.js', import.meta.url)));
const [upstreamPort] = (await once(upstream, 'message')) as [number];
const app = await buildServer(`http://127.0.0.1:${upstreamPort}`);

closeWithGrace({ delay: CLOSE_WITHIN_MS }, async ({ err }) => {
  if (err !== undefined) app.log.error(err);
  await app.close();
  upstream.disconnect();
});

try {
  const url = await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' });
  console.log(`greenroom example on ${url} (stack switch: ${switchKind()}). Try:

  curl ${url}/green/1       two calls to a slow upstream, through plain synchronous functions
  curl ${url}/card/1        a wait inside a template library's synchronous callback
  curl ${url}/fan-out       five calls side by side, with spawn()
  curl -N ${url}/report/1   a generator, streamed from a small pool of its own
  curl -m 1 ${url}/slow     gives up after a second: the handler is cancelled and cleans up
  curl ${url}/blocking      execSync(), which blocks nobody
  curl ${url}/legacy        a (req, res) handler, wrapped with runInPool()
  curl ${url}/async/1       the work of /green/1 in async/await
  curl ${url}/error         an error thrown after a wait
  curl ${url}/stats         the pools

  ${url}/greenroom          the status page, for a browser

  npx autocannon -c 200 -d 20 ${url}/green/1

Stop it with Ctrl-C.`);
} catch (error) {
  upstream.disconnect();
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  console.error('The port is taken. Choose another one: PORT=3001 npm start');
  process.exit(1);
}
