// Loaded before Express's test suite by scripts/express-suites.mjs: makes the layers of every app and router enter a pool,
// by what runInPool() does it with.

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { inContext, wait } from '../dist/index.js';
import { enterLegacy } from '../dist/middleware/enter-legacy.js';
import { Layers } from '../dist/middleware/layers.js';
import { enterLayer } from '../dist/middleware/legacy-app.js';
import { resolveService } from '../dist/middleware/legacy-service.js';

const { GREENROOM_MODE: mode, GREENROOM_COUNTS: countsFile, GREENROOM_WORKERS: workers } = process.env;
const require = createRequire(join(process.cwd(), 'index.js'));

// Some tests call routers with objects that are no responses: there is no client to watch.
const service = resolveService('app', { maxWorkers: Number(workers), cancelOnDisconnect: false });
const { pool } = service.settings.pool;
const enter = enterLayer(service);
const layers = new Layers((call) => enter({ ...call, handler: suspending(call.handler) }));
const counts = { layers: 0, inContext: 0, suspensions: 0 };

function suspending(handler) {
  return function (...args) {
    counts.layers++;
    if (inContext()) {
      counts.inContext++;
      if (mode === 'setImmediate') suspend(new Promise((resolve) => setImmediate(resolve)));
      if (mode === 'microtask') suspend(Promise.resolve().then(() => {}));
    }
    return Reflect.apply(handler, this, args);
  };
}

function suspend(promise) {
  counts.suspensions++;
  wait(promise);
}

function enterAll(holder, method) {
  const handle = holder[method];
  holder[method] = function (request, response, out) {
    layers.wrapApp(this);
    if (typeof response?.once !== 'function') return handle.call(this, request, fakeWithEvents(response), out);
    const call = { handler: handle, thisArg: this, args: [request, response, out], request, response };
    return enterLegacy(service, { ...call, fail: out ?? rethrow, holdsPromise: false });
  };
}

function fakeWithEvents(response) {
  if (response !== null && typeof response === 'object') {
    Object.defineProperty(response, 'once', { value: () => response, configurable: true });
  }
  return response;
}

function rethrow(error) {
  throw error;
}

const [major] = require('./package.json').version.split('.');
const Router = major === '4' ? require('./lib/router') : require('router');
const Route = major === '4' ? require('./lib/router/route') : Router.Route;
enterAll(require('./lib/application'), 'handle');
enterAll(major === '4' ? Router : Router.prototype, 'handle');
enterAll(Route.prototype, 'dispatch'); // some tests call routes by themselves

process.on('exit', () => {
  const { active, peak, completed, failed, rejected } = pool.stats;
  writeFileSync(countsFile, JSON.stringify({ ...counts, active, peak, completed, failed, rejected }));
});
