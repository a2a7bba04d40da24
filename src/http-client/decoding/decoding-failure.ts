// Why a body could not be decoded: for the client, which makes an HttpError of it.

import type { Coding } from './codings.ts';

export class DecodingFailure extends Error {
  /** `'too-large'`: more bytes than are allowed; `'corrupt'`: not what the coding says, or not all of it. */
  readonly kind: 'too-large' | 'corrupt';
  readonly coding: Coding;

  constructor(kind: 'too-large' | 'corrupt', coding: Coding, cause: unknown) {
    super(`A body in ${coding} is ${kind}`, { cause });
    this.kind = kind;
    this.coding = coding;
  }
}

export function decodingFailure(coding: Coding, cause: unknown): DecodingFailure {
  const tooLarge = (cause as { code?: unknown } | null)?.code === 'ERR_BUFFER_TOO_LARGE';
  return new DecodingFailure(tooLarge ? 'too-large' : 'corrupt', coding, cause);
}
