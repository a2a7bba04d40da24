// In a child process, because what is proven holds for a whole process. It runs the built package (npm test builds it).

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

import { startServer } from '../servers.ts';
import { startProxy, startSocksProxy } from './proxies.ts';

const DIST = new URL('../../../dist/http-client/transport/', import.meta.url).href;

const SCRIPT = `
  import { createRequire } from 'node:module';
  import { Transport } from '${DIST}transport.js';
  import { resolveTransportOptions } from '${DIST}transport-options.js';

  const check = (what, ok) => { if (!ok) { console.error('not so: ' + what); process.exit(1); } };
  const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('/undici/'));
  const slots = () => [1, 2].map((n) => globalThis[Symbol.for('undici.globalDispatcher.' + n)]);
  const [url, proxy, socks] = process.argv.slice(1);
  const send = (options) => new Promise((resolve, reject) => {
    const transport = new Transport(resolveTransportOptions(options));
    const chunks = [];
    transport.dispatcherFor(url, '/').dispatch({ origin: url, path: '/', method: 'GET' }, {
      onRequestStart() {},
      onResponseData(_controller, chunk) { chunks.push(chunk); },
      onResponseEnd() { resolve(Buffer.concat(chunks).toString()); void transport.close(); },
      onResponseError(_controller, error) { reject(error); },
    });
  });

  new Transport(resolveTransportOptions({ dns: true, cache: true, http2: true, proxy }));
  check('nothing loaded', loaded().length === 0);
  for (const options of [{ dns: true, cache: true, http2: true }, { proxy }, { proxy: socks }]) {
    check('answer', await send({ interceptors: [(dispatch) => dispatch], ...options }) === 'ok');
  }
  check('no global.js', !loaded().some((file) => file.endsWith('lib/global.js')));
  check('slots empty', slots().every((slot) => slot === undefined));
  check('fetch works', await (await fetch(url)).text() === 'ok');
  console.log('done');
`;

it('every part of undici that a transport loads leaves fetch() and the global dispatcher alone', async () => {
  const { url } = await startServer((_request, response) => response.end('ok'));
  const [proxy, socks] = [await startProxy(), await startSocksProxy()];
  const addresses = [url, `http://${proxy.authority}`, `socks5h://${socks.authority}`];
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', SCRIPT, ...addresses], {
    timeout: 20_000,
  });
  await expect(child).resolves.toEqual({ stdout: 'done\n', stderr: '' });
});
