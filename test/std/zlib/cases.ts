// What Node's zlib and ours must agree on, byte for byte; with input of every kind, on both sides of the thresholds.

import { createHash } from 'node:crypto';
import zlib, { constants } from 'node:zlib';

import type { ParityCase } from '../parity/parity.ts';

type Zlib = typeof zlib;
type Case = ParityCase<Zlib>;
type Any = Record<string, (...args: readonly unknown[]) => Buffer>;

const text = Buffer.from(Array.from({ length: 9000 }, (_, i) => `line ${(i * 7919) % 1000} of ${i % 13}\n`).join(''));
const noise = createHash('shake256', { outputLength: 150_000 }).update('x').digest();
const mixed = Buffer.concat([text.subarray(0, 60_000), noise.subarray(0, 60_000), text]);
const small = text.subarray(0, 1000);
const wide = new Uint16Array(text.buffer.slice(text.byteOffset, text.byteOffset + 60_000));
const large = Buffer.concat([mixed, mixed]);
const hasZstd = 'zstdCompressSync' in zlib;
const own = zlib as unknown as Any;

/** The case, which must throw if Node's own does, and as that does: versions differ in that, and in the codes. */
function asOwn(refused: Case): Case {
  try {
    own[refused.call as string]?.(...(refused.args?.('') ?? []));
  } catch (error) {
    const { code } = error as { code?: string };
    return code === undefined ? { ...refused, throws: true } : { ...refused, code };
  }
  return refused;
}

const compressors = ['gzipSync', 'deflateSync', 'deflateRawSync', 'brotliCompressSync'];
if (hasZstd) compressors.push('zstdCompressSync');
const inverse: Record<string, string> = {
  gzipSync: 'gunzipSync',
  deflateSync: 'inflateSync',
  deflateRawSync: 'inflateRawSync',
  brotliCompressSync: 'brotliDecompressSync',
  zstdCompressSync: 'zstdDecompressSync',
};

const brotliQuick = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
const quick = (call: string): object => (call === 'brotliCompressSync' ? brotliQuick : {});

const compressing: Case[] = compressors.flatMap((call): Case[] => [
  { name: 'text', call, args: () => [text, quick(call)], suspends: true },
  { name: 'noise', call, args: () => [noise, quick(call)], suspends: true },
  { name: 'a little', call, args: () => [small], suspends: call === 'brotliCompressSync' },
  { name: 'nothing', call, args: () => [Buffer.alloc(0)], suspends: call === 'brotliCompressSync' },
  { name: 'a string', call, args: () => [text.toString('latin1'), quick(call)], suspends: true },
  { name: 'a typed array', call, args: () => [wide, quick(call)] },
  { name: 'an ArrayBuffer', call, args: () => [large.buffer.slice(0, 100_000), quick(call)], suspends: true },
  { name: 'in large chunks', call, args: () => [mixed, { ...quick(call), chunkSize: 1_000_000 }], suspends: true },
  { name: 'in small chunks', call, args: () => [mixed, { ...quick(call), chunkSize: 1000 }], suspends: true },
  {
    name: 'with options of streams, which it does not know',
    call,
    args: () => [mixed, { ...quick(call), objectMode: true, encoding: 'utf8', highWaterMark: 1, transform: null }],
    suspends: true,
  },
  {
    name: 'with info',
    call,
    args: () => [mixed, { ...quick(call), info: true }],
    show: ({ buffer, engine }: { buffer: Buffer; engine: { bytesWritten: number; constructor: { name: string } } }) => [
      buffer,
      engine.bytesWritten,
      engine.constructor.name,
    ],
  },
  { name: 'with a finishFlush', call, args: () => [mixed, { ...quick(call), finishFlush: 1 }] },
  { name: 'with a flush', call, args: () => [mixed, { ...quick(call), flush: 1 }], suspends: false },
  asOwn({ name: 'to more than may be', call, args: () => [noise, { ...quick(call), maxOutputLength: 10_000 }] }),
  asOwn({ name: 'refuses null', call, args: () => [null] }),
  asOwn({ name: 'refuses nothing', call }),
  asOwn({ name: 'refuses a number', call, args: () => [7] }),
  asOwn({ name: 'refuses a chunkSize', call, args: () => [mixed, { chunkSize: 1 }] }),
  asOwn({ name: 'refuses a maxOutputLength', call, args: () => [mixed, { maxOutputLength: 0 }] }),
]);

const levels: Case[] = ['gzipSync', 'deflateSync', 'deflateRawSync'].flatMap((call) => [
  ...[0, 1, 6, 9, -1].map(
    (level): Case => ({ name: `level ${level}`, call, args: () => [mixed, { level }], suspends: true }),
  ),
  ...[0, 1].map(
    (level): Case => ({
      name: `level ${level} in one chunk`,
      call,
      args: () => [large, { level, chunkSize: 1_000_000 }],
      suspends: true,
    }),
  ),
  ...[0, 1, 2, 3, 4].map(
    (strategy): Case => ({
      name: `strategy ${strategy}`,
      call,
      args: () => [mixed, { strategy, memLevel: 9, windowBits: 12 }],
      suspends: true,
    }),
  ),
  ...[{ level: 10 }, { level: 'x' }, { strategy: 9 }, { windowBits: 99 }, { memLevel: 0 }, { dictionary: 7 }].map(
    (options) => asOwn({ name: `refuses ${JSON.stringify(options)}`, call, args: () => [mixed, options] }),
  ),
]);

const zstdParams = (level: number, windowLog?: number): object => {
  const { ZSTD_c_compressionLevel, ZSTD_c_windowLog } = constants as unknown as Record<string, number>;
  const params: Record<string, number> = { [ZSTD_c_compressionLevel as number]: level };
  if (windowLog !== undefined) params[ZSTD_c_windowLog as number] = windowLog;
  return { params };
};

const zstd: Case[] = !hasZstd
  ? []
  : [
      ...[-5, 1, 3, 10].flatMap((level): Case[] => [
        { name: `level ${level}`, call: 'zstdCompressSync', args: () => [large, zstdParams(level)], suspends: true },
        {
          name: `level ${level} with a window smaller than the input`,
          call: 'zstdCompressSync',
          args: () => [large, { ...zstdParams(level, 12), chunkSize: 1_000_000 }],
          suspends: true,
        },
      ]),
      {
        name: 'with its size told',
        call: 'zstdCompressSync',
        args: () => [large, { pledgedSrcSize: large.length }],
        suspends: true,
      },
      asOwn({ name: 'with a wrong size told', call: 'zstdCompressSync', args: () => [large, { pledgedSrcSize: 5 }] }),
      asOwn({ name: 'refuses params', call: 'zstdCompressSync', args: () => [large, { params: { 1e6: 1 } }] }),
    ];

const decompressing: Case[] = compressors.flatMap((compressor): Case[] => {
  const call = inverse[compressor] as string;
  const packed = own[compressor]?.(large, quick(compressor)) as Buffer;
  const little = own[compressor]?.(small) as Buffer;
  return [
    {
      name: 'much',
      call,
      args: () => [packed],
      suspends: true,
      show: (bytes: Buffer) => bytes.equals(large),
      expected: true,
    },
    { name: 'a little', call, args: () => [little], suspends: false },
    { name: 'in chunks', call, args: () => [packed, { chunkSize: 5000 }], suspends: true },
    { name: 'in one chunk', call, args: () => [packed, { chunkSize: 2_000_000 }], suspends: true },
    { name: 'an ArrayBuffer', call, args: () => [Uint8Array.from(packed).buffer], suspends: true },
    {
      name: 'with info',
      call,
      args: () => [packed, { info: true }],
      show: ({ buffer, engine }: { buffer: Buffer; engine: { bytesWritten: number } }) => [buffer, engine.bytesWritten],
      suspends: true,
    },
    asOwn({ name: 'to more than may be', call, args: () => [packed, { maxOutputLength: 100_000 }] }),
    asOwn({ name: 'to one byte more than may be', call, args: () => [packed, { maxOutputLength: large.length - 1 }] }),
    { name: 'to as much as may be', call, args: () => [packed, { maxOutputLength: large.length }], suspends: true },
    asOwn({ name: 'truncated', call, args: () => [packed.subarray(0, -1000)] }),
    asOwn({ name: 'damaged', call, args: () => [Buffer.concat([packed.subarray(0, 20), noise, packed])] }),
    asOwn({ name: 'noise', call, args: () => [noise] }),
    asOwn({ name: 'refuses null', call, args: () => [null] }),
    asOwn({ name: 'text', call, args: () => ['x'.repeat(300_000)] }),
  ];
});

const packed = zlib.gzipSync(large);
const gzip: Case[] = [
  { name: 'two members', call: 'gunzipSync', args: () => [Buffer.concat([packed, packed])], suspends: true },
  { name: 'and zeroes after it', call: 'gunzipSync', args: () => [Buffer.concat([packed, Buffer.alloc(50)])] },
  asOwn({
    name: 'and something like a member after it',
    call: 'gunzipSync',
    args: () => [Buffer.concat([packed, Buffer.from([0x1f, 0x8b, 0xff, 0xff]), Buffer.alloc(20)])],
  }),
  asOwn({ name: 'and noise after it', call: 'gunzipSync', args: () => [Buffer.concat([packed, Buffer.alloc(50, 7)])] }),
  { name: 'gzip', call: 'unzipSync', args: () => [packed], suspends: true },
  { name: 'zlib', call: 'unzipSync', args: () => [zlib.deflateSync(large)], suspends: true },
  {
    name: 'zlib and noise after it',
    call: 'inflateSync',
    args: () => [Buffer.concat([zlib.deflateSync(large), noise])],
    suspends: true,
  },
  asOwn({ name: 'neither', call: 'unzipSync', args: () => [noise] }),
  {
    name: 'what is cut, if told to take it',
    call: 'gunzipSync',
    args: () => [packed.subarray(0, 100_000), { finishFlush: constants.Z_SYNC_FLUSH }],
  },
  {
    name: 'with a dictionary',
    call: 'inflateSync',
    args: () => [zlib.deflateSync(large, { dictionary: small }), { dictionary: small }],
    suspends: true,
  },
  asOwn({
    name: 'without its dictionary',
    call: 'inflateSync',
    args: () => [zlib.deflateSync(large, { dictionary: small })],
  }),
  asOwn({
    name: 'with a wrong dictionary',
    call: 'inflateSync',
    args: () => [zlib.deflateSync(large, { dictionary: small }), { dictionary: text }],
  }),
  asOwn({
    name: 'refuses noise after it',
    call: 'inflateSync',
    args: () => [Buffer.concat([zlib.deflateSync(large), noise]), { rejectGarbageAfterEnd: true }],
  }),
];

export const cases: readonly Case[] = [...compressing, ...levels, ...zstd, ...decompressing, ...gzip];
