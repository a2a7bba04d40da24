// A body that is in memory: text, JSON, a form, bytes.

import type { RequestBody } from './request-body.ts';

export class BytesBody implements RequestBody {
  readonly contentType: string | null;
  readonly #content: string | Uint8Array;

  constructor(content: string | Uint8Array, contentType: string | null) {
    this.contentType = contentType;
    this.#content = content;
  }

  // Counted only if asked for: undici does so by itself.
  get byteLength(): number {
    return Buffer.byteLength(this.#content);
  }

  get replayable(): boolean {
    return true;
  }

  get pumped(): boolean {
    return false;
  }

  open(): string | Uint8Array {
    return this.#content;
  }
}
