// A key for a Map that is equal for equal values, and from which the values, keys and passwords among them, cannot be
// read.

import { createHash } from 'node:crypto';

export function fingerprint(parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    for (const one of Array.isArray(part) ? part : [part]) {
      const bytes = one instanceof Uint8Array ? one : Buffer.from(`${typeof one} ${String(one)}`);
      hash.update(`${bytes.byteLength}:`).update(bytes); // the length keeps ['ab', 'c'] apart from ['a', 'bc']
    }
    hash.update(';');
  }
  return hash.digest('base64url');
}
