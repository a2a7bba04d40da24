// Learning that a client has gone away before its answer. Never from the request: that closes when its body has been read.

import type { ServerResponse } from 'node:http';

import { isClosed } from './connection.ts';

/** Whoever works for a response; linked, newest first, so that one listener serves them all. */
export interface ClientWatcher {
  /** Kept by watchClient(). */
  older: ClientWatcher | undefined;
  /** The client has gone. Also called when the work has ended already. */
  disconnect(): void;
}

const WATCHERS = Symbol('greenroom.watchers');
type Watched = ServerResponse & { [WATCHERS]?: ClientWatcher };

/** Calls `watcher.disconnect()` when the client goes, at once if it has gone. */
export function watchClient(response: ServerResponse, watcher: ClientWatcher): void {
  if (isClosed(response)) {
    if (!response.writableEnded) watcher.disconnect();
    return;
  }
  const watched = response as Watched;
  if (watched[WATCHERS] === undefined) listen(watched);
  watcher.older = watched[WATCHERS];
  watched[WATCHERS] = watcher;
}

function listen(response: Watched): void {
  response.on('close', onClose);
  // A pipelined response behind another one has no socket yet, and never closes if it gets none.
  if (response.socket === null) response.req.socket?.once('close', () => onClose.call(response));
}

function onClose(this: Watched): void {
  if (this.writableEnded) return; // answered: what is still done, is done for its own sake
  for (let watcher = this[WATCHERS]; watcher !== undefined; watcher = watcher.older) watcher.disconnect();
}
