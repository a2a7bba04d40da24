// The options argument of zlib's functions. The asynchronous ones make a stream of it, which would obey what the blocking
// ones do not know (`signal`, `objectMode`, `transform` …): so only what is zlib's own is handed on.

export type EngineOptions = Readonly<Record<string, unknown>>;

const KNOWN: readonly string[] = [
  'finishFlush',
  'chunkSize',
  'windowBits',
  'level',
  'memLevel',
  'strategy',
  'dictionary',
  'params',
  'maxOutputLength',
  'pledgedSrcSize',
  'info',
];

/** A copy with what is zlib's own; null for what only the original should look at. */
export function engineOptions(given: unknown): EngineOptions | null {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object') return null;
  const options = given as EngineOptions;
  // It tells how to flush between writes, of which there are none; the twin needs it for its own end.
  if (options['flush'] !== undefined) return null;
  // On Node 22 only the streams know it.
  if (options['rejectGarbageAfterEnd'] !== undefined) return null;
  return Object.fromEntries(KNOWN.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]));
}
