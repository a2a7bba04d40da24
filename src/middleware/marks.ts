// Explicit marks for what Fastify calls besides route handlers. A function is never guessed to be sync-style by its
// number of parameters: one that hides its callback would let the request go on before, say, its authentication is done.

import type { FastifyReply, FastifyRequest } from 'fastify';

import { InvalidOptionError } from '../errors.ts';
import { assertFunction, isThenable } from '../pool/index.ts';
import { enterCall, enterHandler } from './enter.ts';
import { named } from './named.ts';
import { assertRouteOptions, type GreenRouteOptions } from './options.ts';
import type { RouteSettings } from './route-settings.ts';
import type { AnyHandler } from './route-task.ts';

type AnyFunction = (this: unknown, ...args: never[]) => unknown;
type Settings = (options: GreenRouteOptions, label: string) => RouteSettings;

/** More parameters than any hook of Fastify has without its callback: request, reply, payload. */
const MAX_HOOK_PARAMETERS = 3;

export function markHandler(settingsFor: Settings, handler: AnyHandler, options: GreenRouteOptions): AnyHandler {
  assertMarked('green.handler()', handler, options);
  const settings = settingsFor(options, handler.name || 'handler');
  const entering: AnyHandler = function (request, reply) {
    return enterHandler(settings, handler, this, request, reply);
  };
  return named(entering, handler);
}

export function markErrorHandler(settingsFor: Settings, handler: AnyFunction, options: GreenRouteOptions): AnyFunction {
  assertMarked('green.errorHandler()', handler, options);
  const settings = settingsFor(options, handler.name || 'errorHandler');
  const entering = function (this: unknown, error: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
    const call = (): unknown => handler.call(this, error as never, request as never, reply as never);
    return enterCall(settings, call, request, reply, false);
  };
  return named(entering as AnyFunction, handler);
}

export function markHook(settingsFor: Settings, hook: AnyFunction, options: GreenRouteOptions): AnyFunction {
  assertMarked('green.hook()', hook, options);
  if (hook.length > MAX_HOOK_PARAMETERS) {
    throw new InvalidOptionError(
      'green.hook() function',
      'without the parameter done: it returns when it is done',
      hook.length,
    );
  }
  const settings = settingsFor(options, hook.name || 'hook');
  const entering = function (this: unknown, ...args: unknown[]): unknown {
    const done = args.pop(); // Fastify gives every hook its callback last
    const [request, reply] = args as [FastifyRequest, FastifyReply];
    if (typeof done !== 'function' || hook.length > args.length) {
      throw new InvalidOptionError(
        'green.hook() function',
        'without the parameter done: it returns when it is done',
        hook.length,
      );
    }
    try {
      const result = enterCall(settings, () => hook.apply(this, args as never[]), request, reply, true);
      return isThenable(result) ? result : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error); // thrown, a falsy one would count as no error at all
    }
  };
  return named(entering as AnyFunction, hook);
}

function assertMarked(call: string, fn: unknown, options: GreenRouteOptions): void {
  assertFunction(`${call} argument`, fn);
  assertRouteOptions(options, `${call} options`);
}
