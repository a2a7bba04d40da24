// greenroom/std/zlib: node:zlib, whose blocking functions suspend in a context.

import type zlib from 'node:zlib';

import { createGreenZlib, GREEN_ZLIB_DEFAULTS, type GreenZlib, type GreenZlibOptions } from './green-zlib.ts';

const green: GreenZlib = createGreenZlib();
const namespace: typeof zlib = green.namespace;

export * from 'node:zlib';
export type { ZlibLimits } from './green-functions.ts';
export { createGreenZlib, GREEN_ZLIB_DEFAULTS, type GreenZlib, type GreenZlibOptions };

/** The functions of this Node's `zlib` that are green here; everything else is Node's own. */
export const replacedNames: readonly string[] = Object.freeze([...green.replaced.keys()]);

/**
 * Like every function below: outside a context, and wherever it may not suspend, exactly Node's own. In a context it
 * **suspends the context** while a thread of libuv's pool computes; arguments, results (byte for byte) and errors are those
 * of Node's.
 *
 * - One thread of the pool (`UV_THREADPOOL_SIZE`, 4) is left to files and DNS: what is over the limit stands in line, first
 *   come, first served, together with the computing of `greenroom/std/crypto`.
 * - The input is not copied: other contexts must not change it meanwhile.
 * - Cancelled while it stands in line, a call leaves the queue and computes nothing. Cancelled while it is computed, it
 *   throws at once, and the work goes on to its end.
 *
 * Suspends from 8,192 bytes of input on. Throws what Node's does, and `GREEN_ERR_CANCELLED`.
 */
export const gzipSync: typeof zlib.gzipSync = namespace.gzipSync;

/** Suspends the context from 8,192 bytes of input on. See {@link gzipSync}. */
export const deflateSync: typeof zlib.deflateSync = namespace.deflateSync;

/** Suspends the context from 8,192 bytes of input on. See {@link gzipSync}. */
export const deflateRawSync: typeof zlib.deflateRawSync = namespace.deflateRawSync;

/** Suspends the context, whatever the size: at the default quality, a kilobyte takes 0.2 ms. See {@link gzipSync}. */
export const brotliCompressSync: typeof zlib.brotliCompressSync = namespace.brotliCompressSync;

/**
 * Suspends the context when the output is to have 262,144 bytes and more, by what the data say of it. Where they say
 * nothing, as in the formats without a header of gzip's, four times the input is expected. See {@link gzipSync}.
 */
export const gunzipSync: typeof zlib.gunzipSync = namespace.gunzipSync;

/** As {@link gunzipSync}. */
export const unzipSync: typeof zlib.unzipSync = namespace.unzipSync;

/** As {@link gunzipSync}. */
export const inflateSync: typeof zlib.inflateSync = namespace.inflateSync;

/** As {@link gunzipSync}. */
export const inflateRawSync: typeof zlib.inflateRawSync = namespace.inflateRawSync;

/** As {@link gunzipSync}. */
export const brotliDecompressSync: typeof zlib.brotliDecompressSync = namespace.brotliDecompressSync;

type ZstdSync = (input: string | NodeJS.ArrayBufferView | ArrayBuffer, options?: object) => Buffer;
const withZstd = namespace as unknown as { zstdCompressSync: ZstdSync; zstdDecompressSync: ZstdSync };

/**
 * Suspends the context from 65,536 bytes of input on, except with `info` or `maxOutputLength`. Node 22.15 and later;
 * undefined before. See {@link gzipSync}.
 */
export const zstdCompressSync: ZstdSync = withZstd.zstdCompressSync;

/** As {@link gunzipSync}. Node 22.15 and later; undefined before. */
export const zstdDecompressSync: ZstdSync = withZstd.zstdDecompressSync;

export default namespace;
