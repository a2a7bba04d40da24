// The grammar of a .netrc file: words parted by blanks, in any number of lines; quotes as in curl, and
// backslashes inside them only.

import { InvalidRequestError } from '../http-errors.ts';
import type { HttpCredentials } from './http-auth.ts';

export interface NetrcEntries {
  /** By host name in lower case; the first entry of a name counts. */
  readonly machines: ReadonlyMap<string, HttpCredentials>;
  /** The entry `default`. */
  readonly fallback: HttpCredentials | null;
}

interface Entry {
  readonly name: string | null;
  login: string;
  password: string;
}

const BLANK = /\s*/y;
const REST_OF_LINE = /[^\n]*/y;
const MACRO = /[\s\S]*?(?:\r?\n[ \t]*\r?\n|$)/y; // ends at an empty line
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"(?=\s|$)/y;
const WORD = /[^\s"]\S*/y;

/** @throws `GREEN_ERR_OPT_INVALID`, naming the line, and nothing of what stands in it. */
export function parseNetrc(text: string): NetrcEntries {
  const entries: Entry[] = [];
  const reader = new WordReader(text);
  for (let word = reader.keyword(); word !== null; word = reader.keyword()) {
    const entry = entries.at(-1);
    if (word === 'machine') entries.push({ name: reader.value().toLowerCase(), login: '', password: '' });
    else if (word === 'default') entries.push({ name: null, login: '', password: '' });
    else if (word === 'macdef') reader.skipMacro();
    else if (entry === undefined) reader.fail();
    else if (word === 'login' || word === 'user') entry.login = reader.value();
    else if (word === 'password') entry.password = reader.value();
    else if (word === 'account') reader.value();
    else reader.fail();
  }
  return collect(entries);
}

function collect(entries: readonly Entry[]): NetrcEntries {
  const machines = new Map<string, HttpCredentials>();
  let fallback: HttpCredentials | null = null;
  for (const { name, login, password } of entries) {
    if (login === '' && password === '') continue;
    if (name === null) fallback ??= [login, password];
    else if (!machines.has(name)) machines.set(name, [login, password]);
  }
  return { machines, fallback };
}

class WordReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  /** The next word, past comments; null at the end. */
  keyword(): string | null {
    this.#eat(BLANK);
    while (this.#text[this.#at] === '#') {
      this.#eat(REST_OF_LINE);
      this.#eat(BLANK);
    }
    return this.#at === this.#text.length ? null : this.#word();
  }

  /** The next word, which may begin with '#': a password may. */
  value(): string {
    this.#eat(BLANK);
    return this.#word();
  }

  skipMacro(): void {
    this.#eat(MACRO);
  }

  fail(): never {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    throw new InvalidRequestError('netrc', `a file of machine, login and password entries (line ${line} is not)`);
  }

  #word(): string {
    const quoted = this.#eat(QUOTED);
    if (quoted !== null) return (quoted[1] as string).replaceAll(/\\([\s\S])/g, '$1');
    return this.#eat(WORD)?.[0] ?? this.fail();
  }

  #eat(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }
}
