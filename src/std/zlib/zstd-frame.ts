// One frame of zstd, compressed on the thread pool as zstdCompressSync() does it: from one write, which finishes it.

import type { Transform } from 'node:stream';
import { constants } from 'node:zlib';

import type { Settle } from '../twin.ts';
import type { EngineOptions } from './engine-options.ts';
import { originalOf } from './originals.ts';

export function compressFrame(
  input: string | NodeJS.ArrayBufferView | ArrayBuffer,
  options: EngineOptions,
  done: Settle,
): void {
  const { ZSTD_e_end } = constants as unknown as { ZSTD_e_end: number };
  const create = originalOf('createZstdCompress') as (options: EngineOptions) => Transform;
  const engine = create({ ...options, flush: options['finishFlush'] ?? ZSTD_e_end });
  const chunks: Buffer[] = [];
  engine.on('data', (chunk: Buffer) => chunks.push(chunk));
  engine.on('error', done);
  engine.write(asBytes(input), (error) => {
    if (error !== null && error !== undefined) return; // told of by 'error'
    while (engine.read() !== null); // into `chunks`
    engine.destroy();
    done(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
}

function asBytes(input: string | NodeJS.ArrayBufferView | ArrayBuffer): Buffer {
  if (typeof input === 'string') return Buffer.from(input);
  return ArrayBuffer.isView(input) ? Buffer.from(input.buffer, input.byteOffset, input.byteLength) : Buffer.from(input);
}
