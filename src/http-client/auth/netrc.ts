// ~/.netrc, as ftp, curl and requests read it: which credentials belong to a host. Opt-in, and the last to be asked.
//
// The file is read once, at the first look-up, and synchronously: it is small, and every request after that needs it.

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { InvalidOptionError } from '../../errors.ts';
import { InvalidRequestError } from '../http-errors.ts';
import { checkCredentials } from './basic.ts';
import type { HttpCredentials } from './http-auth.ts';
import { type NetrcEntries, parseNetrc } from './netrc-parser.ts';

export class Netrc {
  readonly #path: string | null;
  #entries: NetrcEntries | null = null;

  /**
   * Reads nothing yet.
   *
   * @param netrc - the file's path; or true for the one that $NETRC names, else `.netrc` in the home directory, where a
   *   missing file is an empty one.
   * @throws `GREEN_ERR_OPT_INVALID`
   */
  constructor(netrc: true | string) {
    if (netrc !== true && (typeof netrc !== 'string' || netrc === '')) {
      throw new InvalidOptionError('netrc', 'true, false or the path of a file', netrc);
    }
    this.#path = netrc === true ? null : netrc;
  }

  /**
   * The credentials for a host, those of `default` if it has none of its own, or null. Never suspends.
   *
   * @param hostname - as in `URL.hostname`: no port.
   * @throws `GREEN_ERR_OPT_INVALID` for a file that cannot be read or parsed; the message shows nothing of it.
   */
  credentialsFor(hostname: string): HttpCredentials | null {
    this.#entries ??= parseNetrc(this.#read());
    const found = this.#entries.machines.get(hostname.toLowerCase()) ?? this.#entries.fallback;
    return found === null ? null : checkCredentials('Each entry of the netrc file', found);
  }

  #read(): string {
    try {
      return readFileSync(this.#path ?? process.env['NETRC'] ?? join(homedir(), '.netrc'), 'utf8');
    } catch (error) {
      if (this.#path === null && (error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw new InvalidRequestError('netrc', 'a file that can be read', error);
    }
  }
}
