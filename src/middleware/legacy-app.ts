// Express and Connect apps, and their routers, under runInPool().

import type { IncomingMessage, ServerResponse } from 'node:http';

import { InvalidOptionError } from '../errors.ts';
import { enterLegacy, guardNext } from './enter-legacy.ts';
import { type EnterLayer, Layers } from './layers.ts';
import { lastNext } from './legacy-answer.ts';
import type { Handler, LegacyService, Next, Serve } from './legacy-service.ts';

/** What an app is known by: a function that handles requests through what `use()` has given it. */
export function isApp(target: unknown): boolean {
  if (typeof target !== 'function') return false;
  const { handle, use } = target as { handle?: unknown; use?: unknown };
  return typeof handle === 'function' && typeof use === 'function';
}

/** How a layer enters the service's pool. */
export function enterLayer(service: LegacyService): EnterLayer {
  return ({ handler, thisArg, args, requestAt, hasLayers }) => {
    const call = {
      handler,
      thisArg,
      args,
      request: args[requestAt] as IncomingMessage,
      response: args[requestAt + 1] as ServerResponse,
      fail: args[requestAt + 2] as Next,
      holdsPromise: false,
    };
    if (!hasLayers) args[requestAt + 2] = guardNext(service, call);
    return enterLegacy(service, call);
  };
}

const served = new WeakSet<Handler>();

export function serveApp(app: Handler, service: LegacyService): Serve {
  // Its layers can enter one pool only.
  if (served.has(app)) throw new InvalidOptionError('runInPool() target', 'an app that is not in a pool yet', app);
  served.add(app);
  const layers = new Layers(enterLayer(service));
  // Apps end a request that no layer answers by themselves; routers do not.
  const endsRequests = typeof (app as { listen?: unknown }).listen === 'function';
  return (thisArg, request, response, next, fail) => {
    layers.wrapApp(app);
    let out = next;
    if (next !== undefined) out = restoring(request, response, next);
    else if (!endsRequests) out = lastNext(response, fail);
    return Reflect.apply(app, thisArg, [request, response, out]);
  };
}

/** Express makes requests and responses its own; who mounts the app gets them back as they were. */
function restoring(request: IncomingMessage, response: ServerResponse, next: Next): Next {
  const prototypes = [Object.getPrototypeOf(request), Object.getPrototypeOf(response)];
  return (...error) => {
    Object.setPrototypeOf(request, prototypes[0]);
    Object.setPrototypeOf(response, prototypes[1]);
    next(...error);
  };
}
