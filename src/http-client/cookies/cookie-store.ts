// Keeps cookies between requests, in tough-cookie's jar, which knows domains, paths, expiry, prefixes and public
// suffixes. It is loaded with the first cookie that a server sets. Never suspends: only synchronous stores are taken.

import { createRequire } from 'node:module';
import type { CookieJar } from 'tough-cookie';

import { InvalidOptionError } from '../../errors.ts';

export interface CookieStore {
  /** The value of the cookie header for a URL; null for none. */
  header(url: string): string | null;
  /** Takes a response's Set-Cookie headers. What is malformed, or not the server's to set, is ignored. */
  store(url: string, setCookies: readonly string[]): void;
}

/** RFC 6265bis section 5.6: browsers ignore a cookie whose name and value are longer; its attributes come on top. */
const MAX_COOKIE_LENGTH = 8192;

/** What Chrome keeps for a domain. A server that sets more pushes out its own oldest ones, and fills no memory. */
const MAX_COOKIES_PER_HOST = 180;

/**
 * The store for the option `cookies`.
 *
 * @param cookies - true for a jar of its own; or the caller's, which may be shared and saved.
 * @throws `GREEN_ERR_OPT_INVALID` for anything else, and for a jar whose store is asynchronous.
 */
export function newCookieStore(cookies: true | CookieJar): CookieStore {
  if (cookies === true) return new OwnJarStore();
  const jar = cookies as Partial<CookieJar> | null | undefined;
  if (typeof jar?.getCookieStringSync !== 'function' || typeof jar.setCookieSync !== 'function') {
    throw new InvalidOptionError('cookies', 'true, false or a CookieJar of tough-cookie');
  }
  if (jar.store?.synchronous !== true) {
    throw new InvalidOptionError('cookies', 'a CookieJar whose store is synchronous, such as its MemoryCookieStore');
  }
  return new JarStore(jar as CookieJar);
}

class JarStore implements CookieStore {
  readonly #jar: CookieJar;

  constructor(jar: CookieJar) {
    this.#jar = jar;
  }

  header(url: string): string | null {
    const header = this.#jar.getCookieStringSync(url);
    return header === '' ? null : header;
  }

  store(url: string, setCookies: readonly string[]): void {
    for (const line of setCookies) {
      if (line.length <= MAX_COOKIE_LENGTH) this.#jar.setCookieSync(line, url, { ignoreError: true });
    }
  }
}

/** A jar that nobody else sees, made when it is needed. */
class OwnJarStore implements CookieStore {
  #jar: CookieJar | null = null;
  #store: JarStore | null = null;

  header(url: string): string | null {
    return this.#store?.header(url) ?? null;
  }

  store(url: string, setCookies: readonly string[]): void {
    if (setCookies.length === 0) return;
    this.#jar ??= newJar();
    this.#store ??= new JarStore(this.#jar);
    this.#store.store(url, setCookies);
    prune(this.#jar, url);
  }
}

function prune(jar: CookieJar, url: string): void {
  const cookies = jar.getCookiesSync(url, { allPaths: true });
  if (cookies.length <= MAX_COOKIES_PER_HOST) return;
  const byAge = cookies.sort((one, other) => one.creationIndex - other.creationIndex);
  for (const { domain, path, key } of byAge.slice(0, -MAX_COOKIES_PER_HOST)) {
    jar.store.removeCookie(domain, path, key, () => {});
  }
}

function newJar(): CookieJar {
  const tough = createRequire(import.meta.url)('tough-cookie') as typeof import('tough-cookie');
  return new tough.CookieJar();
}
