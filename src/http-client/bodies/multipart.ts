// `multipart`: what its parts are made of, and what is said about each.

import { InvalidOptionError } from '../../errors.ts';
import { assertKnownKeys } from '../../pool/index.ts';
import { InvalidRequestError } from '../http-errors.ts';
import { type HttpHeadersInput, mergeHeaders, type RequestHeaders } from '../request-headers.ts';
import { HttpFile } from './file.ts';
import { isScalar, pairsOf } from './form.ts';
import { MultipartBody, type MultipartSection } from './multipart-body.ts';
import { type HttpBodyInput, rawBodyOf } from './raw-body.ts';
import type { RequestBody } from './request-body.ts';
import { isBlob } from './stream-body.ts';

export interface HttpPartOptions {
  /** Makes the part a file in the eyes of most servers. Default: none. */
  filename?: string;
  /** The part's content-type. Default: what the content says of itself, else `application/octet-stream` with a filename. */
  type?: string;
  /** Further headers of the part. */
  headers?: HttpHeadersInput;
}

/** Made by {@link part}. */
export class HttpPart {
  readonly content: HttpBodyInput;
  readonly options: HttpPartOptions;

  /** @internal */
  constructor(content: HttpBodyInput, options: HttpPartOptions) {
    this.content = content;
    this.options = options;
  }
}

/**
 * A part of `multipart` with a filename, a type or headers of its own, or whose content is a stream or an iterable. Never
 * suspends. What of it is bad throws `GREEN_ERR_OPT_INVALID` when the request is made.
 *
 * @param content - anything that `body` can be.
 * @param options - what the server is told of it.
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { http, part } from 'greenroom/http-client';
 *
 * const rows = part('a;b\n1;2\n', { filename: 'rows.csv', type: 'text/csv' });
 * await run(() => http.post('http://127.0.0.1:3000/import', { multipart: { rows, dryRun: true } }));
 * ```
 */
export function part(content: HttpBodyInput, options: HttpPartOptions = {}): HttpPart {
  return new HttpPart(content, options);
}

/** Text fields are sent as written; bytes and blobs without a name as the file `blob`, as FormData does. */
export type HttpPartValue =
  | string
  | number
  | boolean
  | bigint
  | Blob
  | Uint8Array
  | HttpFile
  | HttpPart
  | null
  | undefined;

/** `null` and `undefined` are left out; an array repeats the name. A FormData of any copy is fine, too. */
export type HttpMultipart =
  | Readonly<Record<string, HttpPartValue | readonly HttpPartValue[]>>
  | Iterable<readonly [string, HttpPartValue]>;

const OPTIONS: HttpPartOptions = { filename: '', type: '', headers: {} };

/** @throws `GREEN_ERR_OPT_INVALID` */
export function multipartBodyOf(multipart: HttpMultipart): MultipartBody {
  return new MultipartBody(pairsOf('multipart', multipart).map(([name, value]) => sectionOf(name, value)));
}

function sectionOf(name: string, value: unknown): MultipartSection {
  const { content, options } = asPart(value);
  assertKnownKeys(options, OPTIONS, 'part() options');
  const { filename = null } = options;
  if (filename !== null && typeof filename !== 'string') {
    throw new InvalidOptionError('part() filename', 'a string', filename);
  }
  const body = rawBodyOf(content);
  return { name, filename, headers: headersOf(options, body, filename), body };
}

function asPart(value: unknown): { content: HttpBodyInput; options: HttpPartOptions } {
  if (value instanceof HttpPart) return value;
  if (isScalar(value)) return { content: String(value), options: {} };
  if (value instanceof HttpFile) return { content: value, options: { filename: value.filename } };
  if (value instanceof Uint8Array) return { content: value, options: { filename: 'blob' } };
  if (isBlob(value)) {
    const { name } = value as { name?: unknown };
    return { content: value, options: { filename: typeof name === 'string' ? name : 'blob' } };
  }
  throw new InvalidRequestError(
    'Each part of multipart',
    'a string, number, boolean, bigint, Blob, Uint8Array, file() or part(), or an array of them',
  );
}

function headersOf({ type, headers }: HttpPartOptions, body: RequestBody, filename: string | null): RequestHeaders {
  const own = mergeHeaders(new Map(), headers);
  for (const name of ['content-disposition', 'content-type', 'content-length']) {
    if (own.has(name)) throw new InvalidRequestError('The headers of a part', `without ${name}; use filename and type`);
  }
  if (type !== undefined && typeof type !== 'string') throw new InvalidOptionError('part() type', 'a string', type);
  const known = type ?? body.contentType ?? (filename === null ? null : 'application/octet-stream');
  return mergeHeaders(own, { 'content-type': known });
}
