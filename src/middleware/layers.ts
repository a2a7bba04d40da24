// Finds the layers of Express and Connect apps and has each one entered, for body parsers and their like call `next` from
// the event loop: what comes after them would be outside contexts if only the app as a whole were entered.

import type { IncomingMessage } from 'node:http';

import type { Handler } from './legacy-service.ts';
import { isAsyncFunction } from './route-settings.ts';

interface Layer {
  handle: Handler;
  /** Of Express: the layers of one path. Of Connect: the path. */
  readonly route?: LayerStack | string;
}

/** Routers, routes, Connect apps. */
export interface LayerStack {
  readonly stack: Layer[];
  /** Of Express routers: the functions of `router.param()` by name. */
  readonly params?: Record<string, Handler[]>;
}

/** An Express app, of either version. */
interface ExpressApp {
  readonly parent?: ExpressApp;
  readonly router?: LayerStack;
  readonly _router?: LayerStack;
}

/** A call of a layer's handler. */
export interface LayerCall {
  readonly handler: Handler;
  readonly thisArg: unknown;
  readonly args: unknown[];
  /** Which of the arguments is the request; the response and `next` follow. */
  readonly requestAt: number;
  /** Whether it hands `next` on to layers of its own: a router, a route, a mounted app. */
  readonly hasLayers: boolean;
}

export type EnterLayer = (call: LayerCall) => unknown;

/** `query` and `expressInit`, in Express 4. */
const BUILT_IN_LAYERS = 2;

const entering = new WeakSet<Handler>();

export class Layers {
  readonly #enter: EnterLayer;
  readonly #seen = new WeakMap<Layer[], { length: number; last: Layer | undefined }>();

  constructor(enter: EnterLayer) {
    this.#enter = enter;
  }

  /** Has every layer of `app` entered that is not yet. Cheap when nothing has changed: called for each request. */
  wrapApp(app: object): void {
    const stack = layersOf(app);
    if (stack !== null) this.#wrap(stack);
  }

  #wrap(owner: LayerStack): void {
    const { stack, params } = owner;
    for (const name in params) this.#wrapParams(params[name] as Handler[]);
    const seen = this.#seen.get(stack);
    const last = stack.at(-1);
    if (seen !== undefined && seen.length === stack.length && seen.last === last) return;
    this.#seen.set(stack, { length: stack.length, last });
    for (const layer of stack) {
      const { handle } = layer;
      if (entering.has(handle) || isAsyncFunction(handle)) continue;
      layer.handle = this.#entering(handle, this.#below(layer), handle.length === 4 ? 1 : 0);
    }
  }

  #wrapParams(handlers: Handler[]): void {
    for (const [at, handler] of handlers.entries()) {
      if (!entering.has(handler) && !isAsyncFunction(handler)) handlers[at] = this.#entering(handler, handler, 0);
    }
  }

  /** The layer's handler, such that the layers below it are wrapped before they are called: also those added later. */
  #below(layer: Layer): Handler {
    const { handle, route } = layer;
    const inner = typeof route === 'object' ? route : handle;
    const walk = (): void => this.wrapApp(inner);
    if (Array.isArray((inner as unknown as LayerStack).stack)) {
      return function (...args) {
        walk();
        return Reflect.apply(handle, this, args);
      };
    }
    return handle.name === 'mounted_app' ? this.#discovering(handle) : handle;
  }

  /**
   * A mounted Express app is hidden in a closure. It shows itself in `req.app` when a request has got into it; what it
   * then goes on with from the event loop is found wrapped.
   */
  #discovering(mounted: Handler): Handler {
    const layers = this;
    return function (...args) {
      const request = args[0] as IncomingMessage & { app?: ExpressApp };
      const { app: outer } = request;
      try {
        return Reflect.apply(mounted, this, args);
      } finally {
        for (let { app } = request; app !== undefined && app !== outer; app = app.parent) layers.wrapApp(app);
      }
    };
  }

  /** `handler`, entered. To whoever looks, Express above all, it has the length, name and properties of `original`. */
  #entering(original: Handler, handler: Handler, requestAt: number): Handler {
    const enter = this.#enter;
    const wrapped: Handler = function (...args) {
      return enter({ handler, thisArg: this, args, requestAt, hasLayers: handler !== original });
    };
    Object.setPrototypeOf(wrapped, original);
    Object.defineProperty(wrapped, 'length', { value: original.length, configurable: true });
    Object.defineProperty(wrapped, 'name', { value: original.name, configurable: true });
    entering.add(wrapped);
    return wrapped;
  }
}

/** Where an app has its layers; null if it has none yet. Express makes its router when it is first needed. */
function layersOf(app: object): LayerStack | null {
  if (Array.isArray((app as LayerStack).stack)) return app as LayerStack;
  if (!('lazyrouter' in app)) return (app as ExpressApp).router ?? null;
  // Express 4, which throws when its `router` is asked for.
  const router = (app as ExpressApp)._router;
  if (router === undefined) return null;
  // Its two first layers make req and res what error middleware expects: for requests without a worker, too.
  for (const { handle } of router.stack.slice(0, BUILT_IN_LAYERS)) entering.add(handle);
  return router;
}
