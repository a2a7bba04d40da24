// Bodies in each coding that this Node can undo.

import zlib from 'node:zlib';

import { ACCEPT_ENCODING } from '../../../src/http-client/decoding/codings.ts';

export type Name = 'gzip' | 'deflate' | 'br' | 'zstd';

export const CODERS: readonly Name[] = ACCEPT_ENCODING.split(', ') as Name[];
export const zstd: boolean = CODERS.includes('zstd');

export function encoded(name: Name, body: Buffer): Buffer {
  switch (name) {
    case 'gzip':
      return zlib.gzipSync(body);
    case 'deflate':
      return zlib.deflateSync(body);
    case 'br':
      return zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } });
    case 'zstd':
      return (zlib as unknown as { zstdCompressSync(body: Buffer): Buffer }).zstdCompressSync(body);
  }
}
