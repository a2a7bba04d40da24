// A response's headers: read-only, any case of letters in a name.

/** Names in lower case. */
export type HeaderRecord = Readonly<Record<string, string | string[] | undefined>>;

export class HttpHeaders implements Iterable<[name: string, value: string]> {
  readonly #record: HeaderRecord;

  /** @internal */
  constructor(record: HeaderRecord) {
    this.#record = record;
  }

  /** The header's value; several of one name joined by `', '`; null if there is none. Never suspends. */
  get(name: string): string | null {
    const value = this.#lookUp(name);
    if (value === undefined) return null;
    return typeof value === 'string' ? value : value.join(', ');
  }

  /** The values one by one, as they came: for `set-cookie`, which cannot be joined. Never suspends. */
  getAll(name: string): string[] {
    const value = this.#lookUp(name);
    if (value === undefined) return [];
    return typeof value === 'string' ? [value] : [...value];
  }

  /** Whether the response has the header. Never suspends. */
  has(name: string): boolean {
    return this.#lookUp(name) !== undefined;
  }

  /** Name (in lower case) and value of every header; a repeated header comes repeatedly. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (const name of Object.keys(this.#record)) {
      for (const value of this.getAll(name)) yield [name, value];
    }
  }

  #lookUp(name: string): string | string[] | undefined {
    const key = name.toLowerCase();
    return Object.hasOwn(this.#record, key) ? this.#record[key] : undefined;
  }
}
