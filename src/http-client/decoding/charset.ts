// Bytes to text: a byte order mark tells most, then the charset of content-type, then UTF-8 is assumed. Never ISO-8859-1
// for want of a charset, which RFC 2616 once said and which garbles most of what is sent today.

import { TextDecoder } from 'node:util';

import { InvalidOptionError } from '../../errors.ts';

const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|([^;\s]*))/i;
const MAX_CONTENT_TYPE_LENGTH = 1000;
const MAX_REMEMBERED = 100;

/**
 * The charset's name as the Encoding standard writes it.
 *
 * @param start - the body's first bytes: three are enough.
 * @param override - the caller's own choice, over everything.
 * @throws `GREEN_ERR_OPT_INVALID` for an `override` that is no label of a charset.
 */
export function charsetOf(start: Uint8Array, contentType: string | null, override?: string): string {
  if (override !== undefined) {
    assertCharset(override);
    return knownCharset(override) as string;
  }
  return markedCharset(start) ?? declaredCharset(contentType) ?? 'utf-8';
}

/** `bytes` as text, without a byte order mark. See {@link charsetOf}. */
export function textOf(bytes: Buffer, contentType: string | null, override?: string): string {
  const charset = charsetOf(bytes, contentType, override);
  if (charset !== 'utf-8') return new TextDecoder(charset).decode(bytes);
  const marked = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return marked ? bytes.toString('utf8', 3) : bytes.toString('utf8');
}

/** @throws `GREEN_ERR_OPT_INVALID` */
export function assertCharset(charset: string | undefined): void {
  if (charset === undefined || (typeof charset === 'string' && knownCharset(charset) !== null)) return;
  throw new InvalidOptionError('charset', 'the label of a charset', charset);
}

function markedCharset(start: Uint8Array): string | null {
  const a = start[0]; // by index: destructuring would iterate
  const b = start[1];
  if (a === 0xef && b === 0xbb && start[2] === 0xbf) return 'utf-8';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return null;
}

// A server names few content-types, and names them for every response.
const declared = new Map<string, string | null>();

function declaredCharset(contentType: string | null): string | null {
  if (contentType === null) return null;
  const seen = declared.get(contentType);
  if (seen !== undefined) return seen;
  if (contentType.length > MAX_CONTENT_TYPE_LENGTH) return null;
  const found = CHARSET.exec(contentType);
  const charset = found === null ? null : knownCharset(found[1] ?? found[2] ?? '');
  if (declared.size < MAX_REMEMBERED) declared.set(contentType, charset);
  return charset;
}

const labels = new Map<string, string | null>();

function knownCharset(label: string): string | null {
  const seen = labels.get(label);
  if (seen !== undefined) return seen;
  let charset: string | null = null;
  try {
    charset = new TextDecoder(label).encoding;
  } catch {
    // No such label.
  }
  if (labels.size < MAX_REMEMBERED) labels.set(label, charset);
  return charset;
}
