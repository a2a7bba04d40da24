// Catches the plugin that was registered without `await`: the routes below it were declared first, and their option
// `green` would silently mean nothing.

import type { FastifyInstance } from 'fastify';

import { RoutesUnseenError } from '../errors.ts';

const NO_ROUTES = '(empty tree)';

export function hasRoutes(fastify: FastifyInstance): boolean {
  return fastify.printRoutes().trim() !== NO_ROUTES;
}

/** @throws `GREEN_ERR_ROUTES_UNSEEN` when nothing green was declared after the plugin. */
export function assertRoutesSeen(used: boolean): void {
  if (!used) throw new RoutesUnseenError();
}
