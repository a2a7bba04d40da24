// The bridge between sync-style and asynchronous code, after greenback, and work side by side, after gevent. Re-exports only.

export { type AsyncContext, asyncContext } from './async-context.ts';
export { type AsyncIter, asyncIter } from './async-iter.ts';
export { type AutoAwaited, autoAwait, decorateAsSync } from './auto-await.ts';
export { type ImapOptions, imap, imapUnordered, type TaskIterator } from './imap.ts';
export { type JoinOptions, joinAll, race } from './join.ts';
export { type MapOptions, map } from './map.ts';
