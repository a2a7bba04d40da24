// Single functions under runInPool(): (req, res), (req, res, next), and what is made into such.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { enterLegacy, guardNext } from './enter-legacy.ts';
import { lastNext } from './legacy-answer.ts';
import type { Handler, Next, ResolvedService, Serve } from './legacy-service.ts';
import { RequestState } from './request-state.ts';
import { isAsyncFunction } from './route-settings.ts';
import { whenBodyIsThere } from './wait-for-body.ts';

export function serveHandler(handler: Handler, service: ResolvedService): Serve {
  const isAsync = isAsyncFunction(handler);
  return (thisArg, request, response, next, fail) => {
    const mounted = next !== undefined;
    const start = (): unknown => {
      const nextOrEnd = next ?? lastNext(response, fail);
      // Beside other middleware it is what it was. As all of a server, the pool bounds it, and its failure is answered.
      if (isAsync && mounted) return Reflect.apply(handler, thisArg, [request, response, nextOrEnd]);
      const args = [request, response, guardNext(service, { response, fail: nextOrEnd })];
      return enterLegacy(service, { handler, thisArg, args, request, response, fail, holdsPromise: !mounted });
    };
    if (service.bodyLimit === null) return start();
    RequestState.of(service, response).track();
    return whenBodyIsThere(request, response, service.bodyLimit, start, fail);
  };
}

/** Error middleware: `(err, req, res, next)`, which Express and Connect know by its four parameters. */
export function errorMiddleware(handler: Handler, service: ResolvedService): Handler {
  if (isAsyncFunction(handler)) return handler;
  return function (this: unknown, error: unknown, request: unknown, response: unknown, next: unknown): unknown {
    const call = { response: response as ServerResponse, fail: next as Next };
    const args = [error, request, response, guardNext(service, call)];
    return enterLegacy(service, {
      ...call,
      handler,
      thisArg: this,
      args,
      request: request as IncomingMessage,
      holdsPromise: false,
    });
  } as Handler;
}
