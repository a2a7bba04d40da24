// A file on disk as a body, or as a part of one. Looked at before each sending, opened for it, and read as it goes out.

import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { InvalidOptionError } from '../../errors.ts';
import { assertKnownKeys } from '../../pool/index.ts';
import { InvalidRequestError } from '../http-errors.ts';
import { BODY_AHEAD_BYTES } from './chunks.ts';
import { guarded } from './outgoing-body.ts';
import type { RequestBody } from './request-body.ts';

export interface HttpFileOptions {
  /** What the server is told. Default: the last part of the path. For multipart only. */
  filename?: string;
  /** The content-type, `'image/png'` for instance. Default: none as a body, `application/octet-stream` as a part. */
  type?: string;
}

const OPTIONS: HttpFileOptions = { filename: '', type: '' };

/** Made by {@link file}. */
export class HttpFile {
  readonly path: string;
  readonly filename: string;
  readonly type: string | null;

  /** @internal */
  constructor(path: string, filename: string, type: string | null) {
    this.path = path;
    this.filename = filename;
    this.type = type;
  }
}

/**
 * A file to send, as `body` or in `multipart`. Never suspends and touches no disk: the file is looked at just before a
 * request goes out (a missing one throws `GREEN_ERR_OPT_INVALID` there, and nothing is sent), and again if it is sent again.
 *
 * @param path - as for `fs.open()`, or a `file:` URL.
 * @param options - what the server is told of it.
 * @throws `GREEN_ERR_OPT_INVALID` for bad arguments.
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { file, http } from 'greenroom/http-client';
 *
 * await run(() => http.post('http://127.0.0.1:3000/avatar', { multipart: { image: file('me.png', { type: 'image/png' }) } }));
 * ```
 */
export function file(path: string | URL, options: HttpFileOptions = {}): HttpFile {
  assertKnownKeys(options, OPTIONS, 'file() options');
  const name = pathOf(path);
  const { filename = basename(name), type = null } = options;
  assertText('filename', filename);
  if (type !== null) assertText('type', type);
  return new HttpFile(name, filename, type);
}

function pathOf(path: string | URL): string {
  let cause: unknown;
  try {
    const name = path instanceof URL ? fileURLToPath(path) : path;
    if (typeof name === 'string' && name !== '') return name;
  } catch (error) {
    cause = error;
  }
  throw new InvalidRequestError('The path of file()', 'a path or a file: URL', cause);
}

export class FileBody implements RequestBody {
  readonly contentType: string | null;
  byteLength: number | null = null;
  readonly #path: string;

  constructor({ path, type }: HttpFile) {
    this.contentType = type;
    this.#path = path;
  }

  get replayable(): boolean {
    return true;
  }

  get pumped(): boolean {
    return false;
  }

  async prepare(): Promise<void> {
    const [stats] = await Promise.all([stat(this.#path), access(this.#path, constants.R_OK)]).catch(refuse);
    if (stats.isDirectory()) throw new InvalidRequestError('The path of file()', 'that of a file; it is a directory');
    // Pipes have no size, and files of /proc say 0 whatever they hold.
    this.byteLength = stats.isFile() && stats.size > 0 ? stats.size : null;
  }

  open(): Readable {
    // A file that grows meanwhile is sent as long as announced.
    const range = this.byteLength === null ? {} : { end: this.byteLength - 1 };
    return guarded(createReadStream(this.#path, { ...range, highWaterMark: BODY_AHEAD_BYTES }));
  }
}

// The path stays in the cause.
function refuse(cause: NodeJS.ErrnoException): never {
  throw new InvalidRequestError('The path of file()', `that of a file that can be read (${cause.code})`, cause);
}

function assertText(option: string, value: unknown): void {
  if (typeof value !== 'string') throw new InvalidOptionError(`file() ${option}`, 'a string', value);
}
