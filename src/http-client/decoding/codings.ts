// Content codings: which ones this Node can undo, and which ones a response names.

import zlib, { type BrotliDecompress, type Gunzip, type Inflate, type InflateRaw, type ZlibOptions } from 'node:zlib';

import type { HeaderRecord } from '../responses/http-headers.ts';

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

/** Every streaming decoder of node:zlib. */
export type ZlibStream = Gunzip | Inflate | InflateRaw | BrotliDecompress;

export interface OneShotOptions extends ZlibOptions {
  /** Gives `engine` too, which knows how much of the input was consumed. */
  info?: boolean;
}

type OneShot = (body: Buffer, options: OneShotOptions) => unknown;
type OneShotAsync = (
  body: Buffer,
  options: OneShotOptions,
  callback: (error: Error | null, result: unknown) => void,
) => void;

// @types/node 20 has no zstd.
interface ZstdOfZlib {
  readonly zstdDecompressSync?: OneShot;
  readonly zstdDecompress?: OneShotAsync;
  readonly createZstdDecompress?: () => ZlibStream;
}

export interface Decompressor {
  readonly sync: OneShot;
  readonly async: OneShotAsync;
  readonly stream: () => ZlibStream;
  /** Whether Node may stop after the first of several frames and drop the rest, as it does before 26. */
  readonly stopsEarly: boolean;
}

const { zstdDecompressSync, zstdDecompress, createZstdDecompress } = zlib as ZstdOfZlib;

const GZIP = decompressor(zlib.gunzipSync, zlib.gunzip, zlib.createGunzip);
const INFLATE = decompressor(zlib.inflateSync, zlib.inflate, zlib.createInflate);
const INFLATE_RAW = decompressor(zlib.inflateRawSync, zlib.inflateRaw, zlib.createInflateRaw);
const BROTLI = decompressor(zlib.brotliDecompressSync, zlib.brotliDecompress, zlib.createBrotliDecompress);
const ZSTD: Decompressor | null = zstdOf();

/** What is asked for when the caller names nothing else: each coding that this Node undoes without losing a byte. */
export const ACCEPT_ENCODING: string = ZSTD === null ? 'gzip, deflate, br' : 'gzip, deflate, br, zstd';

// As curl and undici: a body in many layers is an attack (CVE-2022-32206).
const MAX_CODINGS = 5;

/**
 * The codings that a response's body has been through, in the order they were applied; none if it can be read as it is,
 * or if one of them is unknown or they are too many: the body then stays as it came.
 */
export function contentEncodings(headers: HeaderRecord): readonly Coding[] {
  const contentEncoding = headers['content-encoding'];
  if (contentEncoding === undefined || contentEncoding === '') return NONE;
  const single = KNOWN.get(contentEncoding as string); // nearly always
  if (single !== undefined) return single;
  const codings: Coding[] = [];
  for (const name of String(contentEncoding).toLowerCase().split(',')) {
    const trimmed = name.trim();
    if (trimmed === '' || trimmed === 'identity') continue;
    const known = KNOWN.get(trimmed);
    if (known === undefined) return NONE;
    codings.push(...known);
  }
  return codings.length > MAX_CODINGS ? NONE : codings;
}

const NONE: readonly Coding[] = Object.freeze([]);

const KNOWN: ReadonlyMap<string, readonly Coding[]> = new Map<string, readonly Coding[]>([
  ['gzip', ['gzip']],
  ['x-gzip', ['gzip']],
  ['deflate', ['deflate']],
  ['br', ['br']],
  ...(ZSTD === null ? [] : ([['zstd', ['zstd']]] as const)),
]);

/** What undoes `coding` for a body that begins with `start`, which must not be empty. */
export function decompressorFor(coding: Coding, start: Buffer): Decompressor {
  switch (coding) {
    case 'gzip':
      return GZIP;
    case 'br':
      return BROTLI;
    case 'zstd':
      return ZSTD as Decompressor;
    case 'deflate':
      return isZlib(start) ? INFLATE : INFLATE_RAW;
  }
}

// RFC 9110 says zlib's format; many servers send deflate without its header. RFC 1950 section 2.2: method 8, and the
// first two bytes divisible by 31.
function isZlib(start: Buffer): boolean {
  const first = start[0] as number;
  if ((first & 0x0f) !== 8) return false;
  return start.length < 2 || ((first << 8) | (start[1] as number)) % 31 === 0;
}

function zstdOf(): Decompressor | null {
  if (zstdDecompressSync === undefined || zstdDecompress === undefined || createZstdDecompress === undefined)
    return null;
  // Node 22 takes half a frame for an empty one.
  const half = Buffer.from('28b52ffd20010900', 'hex');
  try {
    zstdDecompressSync(half, {});
    return null;
  } catch {
    return { sync: zstdDecompressSync, async: zstdDecompress, stream: createZstdDecompress, stopsEarly: true };
  }
}

function decompressor(sync: OneShot, async: unknown, stream: () => ZlibStream): Decompressor {
  return { sync, async: async as OneShotAsync, stream, stopsEarly: false };
}
