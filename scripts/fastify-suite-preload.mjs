// Loaded into every process of Fastify's test suite by scripts/fastify-suite.mjs: makes every route of every instance
// green, as `{ all: true }` would, and async handlers too.

import { createRequire } from 'node:module';
import { wait } from 'greenroom';
import greenroom from 'greenroom/middleware';

const mode = process.env['GREENROOM_SUITE_MODE'];
const require = createRequire(process.env['GREENROOM_SUITE_FASTIFY']);
const wrappers = new WeakMap();

const path = require.resolve('./fastify.js');
const fastify = require(path);
require.cache[path].exports = Object.assign(greenFastify, fastify, { fastify: greenFastify, default: greenFastify });

/** Some tests say `new Fastify()`. */
function greenFastify(options) {
  const app = fastify(options);
  makeGreen(app);
  return app;
}

function makeGreen(app) {
  app.addHook('onRoute', (route) => {
    route.handler = enter(route.handler);
  });
  // Its body has no await, so that the routes which the test declares next are declared after it.
  void greenroom(app, { all: true, maxWorkers: 1000, drainTimeout: 60_000, queueTimeout: 0 });
}

/** Never an async function, which `all` would leave alone. */
function enter(handler) {
  if (typeof handler !== 'function') return handler;
  if (wrappers.has(handler)) return wrappers.get(handler);
  const entering = function (...args) {
    if (mode === 'wait') wait(new Promise(setImmediate));
    return handler.apply(this, args);
  };
  Object.defineProperty(entering, 'name', { value: handler.name });
  Object.defineProperty(entering, 'length', { value: handler.length });
  wrappers.set(handler, entering);
  wrappers.set(entering, entering);
  return entering;
}
