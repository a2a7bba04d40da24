// greenroom/std/dns: node:dns, whose functions with a callback can be called without it in a context.

import dns from 'node:dns';

import { namespaceOf } from '../namespace-of.ts';
import { Resolver, replaced } from './green-dns.ts';
import type { GreenLookup, GreenLookupService, GreenQueries } from './green-queries.ts';

export * from 'node:dns';
export type { GreenLookup, GreenLookupService, GreenQueries } from './green-queries.ts';
export { Resolver };

/** What is green here, of what this Node has; everything else is Node's own. */
export const replacedNames: readonly string[] = Object.freeze([...replaced.keys(), 'Resolver']);

type Replaced = GreenQueries & {
  lookup: typeof dns.lookup & GreenLookup;
  lookupService: typeof dns.lookupService & GreenLookupService;
  Resolver: typeof Resolver;
};

const functions = Object.fromEntries([...replaced].map(([name, { green }]) => [name, green]));
const namespace: Omit<typeof dns, keyof Replaced> & Replaced = namespaceOf(dns, {
  ...(functions as unknown as Replaced),
  Resolver,
  getServers,
});

/** As Node's; its named export is that of the servers before the first `setServers()` for ever. Never suspends. */
export function getServers(): string[] {
  return dns.getServers();
}

/**
 * As every function below: with a callback, and outside a context, exactly Node's own. Without one, in a context, it
 * **suspends the context** until the answer is there, and returns what its namesake of `dns.promises` resolves to; the
 * errors are Node's. A query whose caller is cancelled goes on, and its answer is dropped. For a limit, see `withTimeout()`.
 *
 * @throws what Node's does (`ENOTFOUND`, …); `GREEN_ERR_CANCELLED`, and `GREEN_ERR_WAIT_FORBIDDEN` as `wait()`.
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { lookup } from 'greenroom/std/dns';
 *
 * await run(() => lookup('localhost').address); // '127.0.0.1'
 * ```
 */
export const lookup: Replaced['lookup'] = namespace.lookup;
/** **Suspends the context**; see {@link lookup}. */
export const lookupService: Replaced['lookupService'] = namespace.lookupService;
/** **Suspends the context**; see {@link lookup}. */
export const resolve: GreenQueries['resolve'] = namespace.resolve;
/** **Suspends the context**; see {@link lookup}. */
export const resolve4: GreenQueries['resolve4'] = namespace.resolve4;
/** **Suspends the context**; see {@link lookup}. */
export const resolve6: GreenQueries['resolve6'] = namespace.resolve6;
/** **Suspends the context**; see {@link lookup}. */
export const resolveAny: GreenQueries['resolveAny'] = namespace.resolveAny;
/** **Suspends the context**; see {@link lookup}. */
export const resolveCaa: GreenQueries['resolveCaa'] = namespace.resolveCaa;
/** **Suspends the context**; see {@link lookup}. */
export const resolveCname: GreenQueries['resolveCname'] = namespace.resolveCname;
/** **Suspends the context**; see {@link lookup}. */
export const resolveMx: GreenQueries['resolveMx'] = namespace.resolveMx;
/** **Suspends the context**; see {@link lookup}. */
export const resolveNaptr: GreenQueries['resolveNaptr'] = namespace.resolveNaptr;
/** **Suspends the context**; see {@link lookup}. */
export const resolveNs: GreenQueries['resolveNs'] = namespace.resolveNs;
/** **Suspends the context**; see {@link lookup}. */
export const resolvePtr: GreenQueries['resolvePtr'] = namespace.resolvePtr;
/** **Suspends the context**; see {@link lookup}. */
export const resolveSoa: GreenQueries['resolveSoa'] = namespace.resolveSoa;
/** **Suspends the context**; see {@link lookup}. */
export const resolveSrv: GreenQueries['resolveSrv'] = namespace.resolveSrv;
/** **Suspends the context**; see {@link lookup}. Undefined where Node has none, before 22.15. */
export const resolveTlsa: GreenQueries['resolveTlsa'] = namespace.resolveTlsa;
/** **Suspends the context**; see {@link lookup}. */
export const resolveTxt: GreenQueries['resolveTxt'] = namespace.resolveTxt;
/** **Suspends the context**; see {@link lookup}. */
export const reverse: GreenQueries['reverse'] = namespace.reverse;

export default namespace;
