// In child processes, because what is proven holds for a whole process. They run the built package (npm test builds it).

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

import { startServer } from './servers.ts';

const PREPARE = `
  import { createRequire } from 'node:module';
  import { run } from 'greenroom';
  import { http, HttpClient } from 'greenroom/http-client';

  const slots = () => [1, 2].map((n) => globalThis[Symbol.for('undici.globalDispatcher.' + n)]);
  const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('/undici/'));
  const check = (what, ok) => { if (!ok) { console.error('not so: ' + what); process.exit(1); } };
  const url = process.argv[1];
  const green = () => run(() => http.get(url).text());
  const builtin = async () => (await fetch(url)).text();
  const other = new HttpClient();
`;

describe('greenroom/http-client in an application', () => {
  it('loads nothing of undici before the first request, and then not its global parts', async () => {
    await runChild(`
      check('nothing loaded', loaded().length === 0);
      await green();
      check('agent loaded', loaded().some((file) => file.endsWith('lib/dispatcher/agent.js')));
      check('no global.js', !loaded().some((file) => file.endsWith('lib/global.js')));
    `);
  });

  it('leaves the global dispatcher unset, and fetch() as it was, when it comes first', async () => {
    await runChild(`
      const fetchBefore = globalThis.fetch;
      check('green answer', await green() === 'greenroom');
      check('promise answer', await (await other.get(url)).text() === 'greenroom');
      check('slots empty', slots().every((slot) => slot === undefined));
      check('same fetch', globalThis.fetch === fetchBefore);
      check('fetch works', await builtin() === 'node');
      const Agent = createRequire(import.meta.resolve('greenroom/http-client'))('undici/lib/dispatcher/agent.js');
      check('fetch runs on its own undici', slots()[0] !== undefined && Object.getPrototypeOf(slots()[0]) !== Agent.prototype);
    `);
  });

  it('leaves the dispatcher that fetch() has installed, when that comes first', async () => {
    await runChild(`
      check('fetch works', await builtin() === 'node');
      const before = slots();
      check('green answer', await green() === 'greenroom');
      check('slots as before', slots().every((slot, at) => slot === before[at]));
      check('fetch works still', await builtin() === 'node');
    `);
  });

  it('lets the process end by itself after a request, with the connection kept alive', async () => {
    await runChild(`check('green answer', await green() === 'greenroom');`);
  });
});

async function runChild(body: string): Promise<void> {
  const { url } = await startServer((request, response) => response.end(request.headers['user-agent']));
  const script = `${PREPARE + body} await other.close(); console.log('done');`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, url], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    timeout: 20_000,
  });
  expect(stdout).toBe('done\n');
}
