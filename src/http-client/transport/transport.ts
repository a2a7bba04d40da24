// Which dispatcher a request goes to: a mount's, the caller's own, or one of the client's lanes. What an origin's
// requests have in common is decided once; after that the answer is one look into a Map.

import type { Dispatcher } from 'undici';

import { InvalidOptionError } from '../../errors.ts';
import { compose } from '../undici.ts';
import { addStats, type HttpClientStats, newStats } from './connection-stats.ts';
import { Lanes } from './lanes.ts';
import { findMount, type Mount, mountsOf } from './mounts.ts';
import type { MountTarget, ResolvedTransportOptions, RouteOverride } from './transport-options.ts';

// A client that calls more origins than this decides on some of them again.
const MAX_ENTRIES = 1024;

interface Entry {
  readonly url: URL;
  readonly mounts: readonly Mount<Dispatcher | Transport>[] | null;
  dispatcher: Dispatcher | null;
}

export class Transport {
  readonly #options: ResolvedTransportOptions;
  readonly #lanes: Lanes;
  readonly #entries = new Map<string, Entry>();
  #mounts: readonly Mount<Dispatcher | Transport>[];
  #closing: Promise<void> | null = null;
  #fixed: Dispatcher | null = null;

  /** Never suspends, loads no undici, and connects to nothing. */
  constructor(options: ResolvedTransportOptions) {
    this.#options = options;
    this.#lanes = new Lanes(options);
    this.#mounts = options.mounts.map(toMount);
  }

  /**
   * How many connections were begun. A request during which the number stayed was sent on a connection that others had
   * used before.
   */
  get connectionsMade(): number {
    let made = this.#lanes.dialer.connectionsMade;
    for (const { target } of this.#mounts) if (target instanceof Transport) made += target.connectionsMade;
    return made;
  }

  /**
   * Where to dispatch a request to. For one dispatch: a lane of an override may be closed when it has been unused.
   * After close() it is a dispatcher that refuses with undici's error. Never suspends.
   *
   * @param origin - as URL has it, without a slash at the end.
   * @param path - with the query.
   * @param route - what the request itself says; has no effect under a mount.
   * @throws `GREEN_ERR_OPT_INVALID` for a bad `route`, or one beside the `dispatcher` or `app` option; for a bad proxy
   *   variable in the environment.
   */
  dispatcherFor(origin: string, path: string, route?: RouteOverride): Dispatcher {
    const entry = this.#entries.get(origin) ?? this.#enter(origin);
    if (entry.mounts !== null) {
      const target = findMount(entry.mounts, path);
      if (target !== null) return target instanceof Transport ? target.dispatcherFor(origin, path) : target;
    }
    if (route !== undefined) return this.#overridden(entry.url, route);
    entry.dispatcher ??= this.#ordinary(entry.url);
    return entry.dispatcher;
  }

  /**
   * Where to dispatch a WebSocket's handshake to. Never suspends.
   *
   * @throws `GREEN_ERR_OPT_INVALID` for a bad proxy variable in the environment.
   */
  upgraderFor(origin: string, path: string): Dispatcher {
    const { mounts, url } = this.#entries.get(origin) ?? this.#enter(origin);
    const target = mounts === null ? null : findMount(mounts, path);
    if (target !== null) return target instanceof Transport ? target.upgraderFor(origin, path) : target;
    return this.#options.fixed === null ? this.#lanes.upgrading(url) : this.#ordinary(url);
  }

  /**
   * Sends requests under a prefix elsewhere from now on; a mount with the same prefix is replaced, and what it had open
   * is closed once its requests have ended. Never suspends.
   *
   * @throws `GREEN_ERR_OPT_INVALID`
   */
  mount(prefix: string, target: MountTarget): void {
    const added = toMount(this.#options.resolveMount(prefix, target));
    const isSame = ({ origin, path }: Mount<unknown>): boolean => origin === added.origin && path === added.path;
    for (const { target: old } of this.#mounts.filter(isSame)) if (old instanceof Transport) void old.close();
    this.#mounts = [...this.#mounts.filter((mount) => !isSame(mount)), added];
    this.#entries.clear();
  }

  /** How the connections are used now. Those of the caller's own dispatchers are not known. Never suspends. */
  stats(): HttpClientStats {
    const stats = newStats(this.#lanes.dialer.connectionsMade);
    this.#lanes.addStats(stats);
    for (const { target } of this.#mounts) if (target instanceof Transport) addStats(stats, target.stats());
    return stats;
  }

  /**
   * Refuses further requests, and resolves when those on their way have ended and the connections are closed. The
   * caller's own dispatchers stay open. Calling it again returns the same promise. Never suspends.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end((one) => one.close());
    return this.#closing;
  }

  /** Closes all connections at once: requests on their way fail with undici's error. Never suspends. */
  destroy(): Promise<void> {
    const destroyed = this.#end((one) => one.destroy());
    this.#closing ??= destroyed;
    return destroyed;
  }

  async #end(act: (one: Lanes | Transport) => Promise<void>): Promise<void> {
    const mounted = this.#mounts.map(({ target }) => target).filter((target) => target instanceof Transport);
    await Promise.all([act(this.#lanes), ...mounted.map(act)]);
  }

  #enter(origin: string): Entry {
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    const mounts = mountsOf(this.#mounts, origin);
    const entry = { url: new URL(origin), mounts: mounts.length === 0 ? null : mounts, dispatcher: null };
    this.#entries.set(origin, entry);
    return entry;
  }

  #ordinary(url: URL): Dispatcher {
    if (this.#options.fixed === null) return this.#lanes.lasting(url);
    if (this.#fixed === null) {
      const { interceptors } = this.#options;
      this.#fixed = compose(
        this.#options.fixed,
        [interceptors.cache(), ...interceptors.own].filter((one) => one !== null),
      );
    }
    return this.#fixed;
  }

  #overridden(url: URL, route: RouteOverride): Dispatcher {
    const overridden = this.#options.route.with(route);
    if (this.#options.fixed === null) return this.#lanes.override(overridden, url);
    throw new InvalidOptionError(
      Object.keys(route).join(', '),
      'left out: the client sends requests to the dispatcher, or app, of its options',
    );
  }
}

function toMount({
  origin,
  path,
  target,
}: Mount<Dispatcher | ResolvedTransportOptions>): Mount<Dispatcher | Transport> {
  return { origin, path, target: 'route' in target ? new Transport(target) : target };
}
