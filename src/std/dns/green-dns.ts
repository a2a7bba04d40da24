// node:dns, whose functions wait in a context when they are called without their callback.

import dns from 'node:dns';

import { callbackTwin } from '../callback-twin.ts';
import type { AnyFunction } from '../twin.ts';
import { type Settle, waitFor } from '../twin.ts';
import type { GreenQueries } from './green-queries.ts';

type Functions = Record<string, AnyFunction>;

const own = dns as unknown as Functions;
/** What Resolvers have too. */
const QUERIES = [
  'resolve',
  'resolve4',
  'resolve6',
  'resolveAny',
  'resolveCaa',
  'resolveCname',
  'resolveMx',
  'resolveNaptr',
  'resolveNs',
  'resolvePtr',
  'resolveSoa',
  'resolveSrv',
  'resolveTlsa',
  'resolveTxt',
  'reverse',
];

/** As the promises of node:dns have it: one value, whatever number the callback gets. */
const VALUES: Record<string, (...told: unknown[]) => unknown> = {
  lookup: (address, family) => (Array.isArray(address) ? address : { address, family }),
  lookupService: (hostname, service) => ({ hostname, service }),
};

/** By name, what this Node has: its own function, and the green one in its place. */
export const replaced: ReadonlyMap<string, { readonly original: AnyFunction; readonly green: AnyFunction }> = new Map(
  ['lookup', 'lookupService', ...QUERIES].flatMap((name) => {
    const original = own[name];
    if (original === undefined) return [];
    // Asked for anew at each call: setServers() exchanges them.
    return [
      [
        name,
        { original, green: greenOf(name, original, (args) => Reflect.apply(own[name] as AnyFunction, dns, args)) },
      ],
    ];
  }),
);

class GreenResolver extends dns.Resolver {}

for (const name of QUERIES) {
  const original = (dns.Resolver.prototype as unknown as Functions)[name];
  if (original === undefined) continue;
  const value = greenOf(name, original, (args, self) => Reflect.apply(original, self, args));
  Object.defineProperty(GreenResolver.prototype, name, { value, writable: true, configurable: true });
}
Object.defineProperty(GreenResolver, 'name', { value: 'Resolver' });

/** As `dns.Resolver`; its queries **suspend the context** when they are called in one without their callback. */
export const Resolver: new (options?: dns.ResolverOptions) => dns.Resolver & GreenQueries = GreenResolver as never;
export type Resolver = dns.Resolver & GreenQueries;

function greenOf(name: string, original: AnyFunction, own: (args: unknown[], self: unknown) => unknown): AnyFunction {
  const shape = VALUES[name] ?? ((value: unknown) => value);
  const green = (args: unknown[], self: unknown, twin: AnyFunction): unknown => {
    const start = (settle: Settle): undefined => {
      const done = (error: unknown, ...told: unknown[]): void => settle(error, shape(...told));
      own([...args, done], self);
    };
    return waitFor(name, start, twin);
  };
  return callbackTwin(original, { own, green });
}
