// Bytes in the order they came, taken from the front without copying more than is taken.

/** Up to this size chunks are joined: bytes that come one by one would make every search of them slower. */
const JOINED_BYTES = 4096;

export class ByteQueue {
  #chunks: Buffer[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#bytes += chunk.length;
    let added = chunk;
    for (let last = this.#chunks.at(-1); last !== undefined && joins(last, added); last = this.#chunks.at(-1)) {
      this.#chunks.pop();
      added = Buffer.concat([last, added]);
    }
    this.#chunks.push(added);
  }

  /** Where the first `byte` at or after `from` is; -1 if nowhere. */
  indexOf(byte: number, from: number): number {
    let start = 0;
    for (const chunk of this.#chunks) {
      const end = start + chunk.length;
      if (end > from) {
        const at = chunk.indexOf(byte, Math.max(0, from - start));
        if (at !== -1) return start + at;
      }
      start = end;
    }
    return -1;
  }

  /** Where the first `sequence` (of one byte or more) at or after `from` is; -1 if nowhere. */
  indexOfAll(sequence: Uint8Array, from: number): number {
    for (let at = from; ; at++) {
      at = this.indexOf(sequence[0] as number, at);
      if (at === -1 || at + sequence.length > this.#bytes) return -1;
      let same = 1;
      while (same < sequence.length && this.#byteAt(at + same) === sequence[same]) same++;
      if (same === sequence.length) return at;
    }
  }

  /** Removes the first `bytes`; there must be so many. */
  take(bytes: number): Buffer {
    const taken: Buffer[] = [];
    let missing = bytes;
    let used = 0;
    while (missing > 0) {
      const chunk = this.#chunks[used] as Buffer;
      if (chunk.length > missing) {
        taken.push(chunk.subarray(0, missing));
        this.#chunks[used] = chunk.subarray(missing);
        break;
      }
      taken.push(chunk);
      missing -= chunk.length;
      used++;
    }
    if (used > 0) this.#chunks = this.#chunks.slice(used);
    this.#bytes -= bytes;
    return taken.length === 1 ? (taken[0] as Buffer) : Buffer.concat(taken, bytes);
  }

  #byteAt(index: number): number | undefined {
    let start = 0;
    for (const chunk of this.#chunks) {
      if (index < start + chunk.length) return chunk[index - start];
      start += chunk.length;
    }
    return undefined;
  }
}

// Only to what is no larger: so each byte is copied a dozen times at most, however many come one by one.
function joins({ length }: Buffer, added: Buffer): boolean {
  return length <= added.length && length + added.length <= JOINED_BYTES;
}
