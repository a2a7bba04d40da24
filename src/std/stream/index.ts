// greenroom/std/stream: all of node:stream, with pipeline() and finished() that wait in a context, and streams read and
// written in sync style.

import stream from 'node:stream';

import { finished, pipeline } from './green-pipeline.ts';

/** @ts-expect-error: Node's types say `export =`, which has no star; the names below have theirs. */
export * from 'node:stream';
export {
  addAbortSignal,
  Duplex,
  duplexPair,
  getDefaultHighWaterMark,
  isErrored,
  isReadable,
  PassThrough,
  promises,
  Readable,
  Stream,
  setDefaultHighWaterMark,
  Transform,
  Writable,
} from 'node:stream';
export { GreenStream, greenStream, type ReadLineOptions } from '../green-stream.ts';
export type { ReadBodyOptions } from '../read-body.ts';
export { writeChunk } from '../write-chunk.ts';
export { finished, type GreenFinishedOptions, type GreenPipelineOptions, pipeline } from './green-pipeline.ts';
export { iterate, lines, readAll, type WriteAllOptions, writeAll } from './stream-calls.ts';

/** What is green here; everything else is Node's own. */
export const replacedNames: readonly string[] = Object.freeze(['finished', 'pipeline']);

type Replaced = { readonly finished: typeof finished; readonly pipeline: typeof pipeline };

// The module is a class, which cannot be copied: this one is it in all but two properties.
const greenStreamModule: Omit<typeof stream, keyof Replaced> & typeof stream.Stream & Replaced = new Proxy(stream, {
  get(target, name, receiver) {
    if (name === 'pipeline') return pipeline;
    return name === 'finished' ? finished : Reflect.get(target, name, receiver);
  },
}) as never;
export default greenStreamModule;
