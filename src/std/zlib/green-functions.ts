// Which calls of zlib's functions leave the event loop, and how. Compressing must give the very bytes that the blocking
// call gives, so the stream behind the asynchronous one is told to finish with its first and only write, as that does:
// otherwise stored blocks (level 0) are cut differently, and a frame of zstd lacks its size.

import { constants } from 'node:zlib';

import { bytesOf, type Computation, type Planner } from '../cpu-twin.ts';
import { type EngineOptions, engineOptions } from './engine-options.ts';
import { originalOf } from './originals.ts';
import { compressFrame } from './zstd-frame.ts';

export interface ZlibLimits {
  /** From how many bytes of input on `gzipSync()`, `deflateSync()` and `deflateRawSync()` suspend. */
  readonly gzip: number;
  /** From how many bytes of input on `brotliCompressSync()` suspends. */
  readonly brotli: number;
  /** From how many bytes of input on `zstdCompressSync()` suspends. */
  readonly zstd: number;
  /** From how many bytes of output, as far as that can be told before, everything that decompresses suspends. */
  readonly gunzip: number;
}

/** What text mostly shrinks to: a quarter. */
const USUAL_RATIO = 4;

export function zlibPlanners(min: ZlibLimits, chunkSize: number): Readonly<Record<string, Planner>> {
  const { Z_FINISH, BROTLI_OPERATION_FINISH } = constants;
  const compress = (name: string, minBytes: number, finish: number): Planner => {
    return (args) => planCompression(name, args, minBytes, finish);
  };
  const decompress = (name: string, sizeOf: (input: unknown) => number = usualSize): Planner => {
    return (args) => planDecompression(name, args, sizeOf, min.gunzip, chunkSize);
  };
  return {
    gzipSync: compress('gzip', min.gzip, Z_FINISH),
    deflateSync: compress('deflate', min.gzip, Z_FINISH),
    deflateRawSync: compress('deflateRaw', min.gzip, Z_FINISH),
    brotliCompressSync: compress('brotliCompress', min.brotli, BROTLI_OPERATION_FINISH),
    zstdCompressSync: (args) => planZstd(args, min.zstd),
    gunzipSync: decompress('gunzip', sizeInGzip),
    unzipSync: decompress('unzip', sizeInGzip),
    inflateSync: decompress('inflate'),
    inflateRawSync: decompress('inflateRaw'),
    brotliDecompressSync: decompress('brotliDecompress'),
    zstdDecompressSync: decompress('zstdDecompress'),
  };
}

function planCompression(name: string, [input, given]: readonly unknown[], minBytes: number, finish: number) {
  const options = engineOptions(given);
  if (options === null || bytesOf(input) < minBytes) return null;
  return calling(name, input, { ...options, flush: options['finishFlush'] ?? finish });
}

// Its stream, ended, would write a second, empty frame.
function planZstd([input, given]: readonly unknown[], minBytes: number): Computation | null {
  const options = engineOptions(given);
  if (options === null || options['info'] !== undefined || options['maxOutputLength'] !== undefined) return null;
  if (bytesOf(input) < minBytes) return null;
  return { begin: (done) => compressFrame(input as string | NodeJS.ArrayBufferView | ArrayBuffer, options, done) };
}

function planDecompression(
  name: string,
  [input, given]: readonly unknown[],
  sizeOf: (input: unknown) => number,
  minBytes: number,
  chunkSize: number,
): Computation | null {
  const options = engineOptions(given);
  if (options === null || bytesOf(input) < 0 || sizeOf(input) < minBytes) return null;
  // Each chunk is a way to the pool and back. With `info` the caller would see another size than asked for.
  const larger = options['chunkSize'] === undefined && options['info'] === undefined;
  return calling(name, input, larger ? { ...options, chunkSize } : options);
}

// Wrong data are found after much work, perhaps: so, unlike wrong arguments, they are not left to the original to find again.
function calling(name: string, input: unknown, options: EngineOptions): Computation {
  const fn = originalOf(name) as (input: unknown, options: EngineOptions, done: unknown) => undefined;
  return { begin: (done) => fn(input, options, done) };
}

function usualSize(input: unknown): number {
  return bytesOf(input) * USUAL_RATIO;
}

/** What a member of gzip says at its end, modulo 2^32; the last one's, if there are several. */
function sizeInGzip(input: unknown): number {
  if (typeof input === 'string') return input.length;
  const bytes = ArrayBuffer.isView(input)
    ? Buffer.from(input.buffer, input.byteOffset, input.byteLength)
    : Buffer.from(input as ArrayBuffer);
  const isGzip = bytes.length >= 18 && bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isGzip ? Math.max(bytes.length, bytes.readUInt32LE(bytes.length - 4)) : usualSize(input);
}
