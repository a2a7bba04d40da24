// In child processes, because what is proven holds for a whole process. They run the built package.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

import { startServer } from '../servers.ts';
import { echo, startSocketServer } from './socket-server.ts';

const PREPARE = `
  import { createRequire } from 'node:module';
  import { run } from 'greenroom';
  import { openWebSocket } from './dist/http-client/websocket/green-websocket.js';

  const require = createRequire(import.meta.url);
  const [httpUrl, socketUrl] = process.argv.slice(1);
  const SLOTS = [1, 2].map((n) => Symbol.for('undici.globalDispatcher.' + n));
  const slots = () => SLOTS.map((slot) => globalThis[slot]);
  const check = (what, ok) => { if (!ok) { console.error('not so: ' + what); process.exit(1); } };
  // Their names only: to look at the descriptor of a lazy global is to load it.
  const globals = () => Reflect.ownKeys(globalThis).map(String).join();
  const builtin = async () => (await fetch(httpUrl)).text();
  const socket = () => {
    const Agent = require('undici/lib/dispatcher/agent.js');
    const dispatcher = new Agent();
    return run(() => {
      const socket = openWebSocket({ url: socketUrl, dispatcher });
      socket.send('x');
      const echoed = socket.receive();
      socket.close();
      return echoed;
    }).finally(() => dispatcher.close());
  };
`;

describe('a WebSocket in an application', () => {
  it('leaves the global dispatcher unset and the globals alone, and fetch() works after it', async () => {
    await runChild(`
      const [before, fetchBefore] = [globals(), globalThis.fetch];
      check('nothing of it loaded', !Object.keys(require.cache).some((file) => file.includes('/undici/lib/web/')));
      check('it works', await socket() === 'x');
      check('same globals', globals() === before && globalThis.fetch === fetchBefore);
      check('no slot', SLOTS.every((slot) => !(slot in globalThis)));
      check('fetch works', await builtin() === 'node');
      const Agent = require('undici/lib/dispatcher/agent.js');
      check('fetch runs on its own undici', slots()[0] !== undefined && Object.getPrototypeOf(slots()[0]) !== Agent.prototype);
      check('it works again', await socket() === 'x');
    `);
  });

  it('leaves the dispatcher that fetch() has installed', async () => {
    await runChild(`
      check('fetch works', await builtin() === 'node');
      const before = slots();
      check('it works', await socket() === 'x');
      check('slots as before', slots().every((slot, at) => slot === before[at]));
      check('fetch works still', await builtin() === 'node');
    `);
  });

  it('leaves the dispatcher that the application has set with its own undici', async () => {
    await runChild(`
      let dispatched = 0;
      const { Agent, setGlobalDispatcher, fetch } = require('undici');
      const mine = new Agent().compose((dispatch) => (...args) => { dispatched++; return dispatch(...args); });
      setGlobalDispatcher(mine);
      check('it works', await socket() === 'x');
      check('slot kept', slots()[0] === mine);
      check('not used', dispatched === 0);
      check('fetch works', await (await fetch(httpUrl)).text() === 'undici');
      check('used by fetch', dispatched === 1);
      await mine.close();
    `);
  });
});

async function runChild(body: string): Promise<void> {
  const { url } = await startServer((request, response) => response.end(request.headers['user-agent']));
  const { url: socketUrl } = await startSocketServer(echo);
  const script = `${PREPARE + body} console.log('done');`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script, url, socketUrl],
    { cwd: fileURLToPath(new URL('../../..', import.meta.url)), timeout: 20_000 },
  );
  expect(stdout).toBe('done\n');
}
