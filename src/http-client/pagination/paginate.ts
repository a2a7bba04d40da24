// Reads a list that a server hands out in pages: one iterator over all of it, each page asked for when it is needed.
// Two twins, sync and async, around one walk that knows no promise.

import { InvalidOptionError } from '../../errors.ts';
import { assertFunction, assertInteger, assertKnownKeys } from '../../pool/index.ts';
import { parseLinks } from '../responses/links.ts';
import { HttpPaginationError } from './pagination-error.ts';

/** As much of a response as is needed here. */
export interface Page {
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  json(): unknown;
  raiseForStatus(): unknown;
}

export interface PaginateOptions<R extends Page, T> {
  /** The URL of the page after `response`, relative to it; null after the last. Default: the Link header's `next`. */
  next?: (response: R) => string | URL | null | undefined;
  /** What a page holds. Default: its JSON, which must be an array then. */
  items?: (response: R) => Iterable<T>;
  /** Ends after so many items, 0 or more. Default: none. */
  limit?: number;
  /** Ends after so many pages, 1 or more. Default: none. */
  maxPages?: number;
  /** Whether a page may lead to another origin, which then gets the client's headers. Default: false. */
  crossOrigin?: boolean;
}

const KNOWN = { next: 0, items: 0, limit: 0, maxPages: 0, crossOrigin: 0 };

/**
 * Yields the items of all pages, in a context: **suspends** it for each page, when the items before are used up. Stop
 * early by leaving the loop.
 *
 * @param get - asks for one page, such as `(url) => client.get(url)`.
 * @param firstUrl - may be relative to the client's baseUrl.
 * @throws `GREEN_ERR_OPT_INVALID` for bad options, at once.
 * @throws `GREEN_ERR_HTTP_STATUS` for a page with a status of 400 or more.
 * @throws `GREEN_ERR_HTTP_PAGINATION` for a page that leads to one that was read before, or to another origin; and, by
 *   default, for a page that is no array.
 */
export function paginate<T = unknown, R extends Page = Page>(
  get: (url: string) => R,
  firstUrl: string | URL,
  options: PaginateOptions<R, T> = {},
): Generator<T, void, undefined> {
  return eachGreen(get, new Walk<R, T>(firstUrl, options));
}

/** As {@link paginate}, of promises: never suspends. */
export function paginateAsync<T = unknown, R extends Page = Page>(
  get: (url: string) => PromiseLike<R>,
  firstUrl: string | URL,
  options: PaginateOptions<R, T> = {},
): AsyncGenerator<T, void, undefined> {
  return eachAsync(get, new Walk<R, T>(firstUrl, options));
}

function* eachGreen<R extends Page, T>(get: (url: string) => R, walk: Walk<R, T>): Generator<T, void, undefined> {
  while (walk.url !== null) yield* walk.itemsOf(get(walk.url));
}

async function* eachAsync<R extends Page, T>(
  get: (url: string) => PromiseLike<R>,
  walk: Walk<R, T>,
): AsyncGenerator<T, void, undefined> {
  while (walk.url !== null) yield* walk.itemsOf(await get(walk.url));
}

class Walk<R extends Page, T> {
  /** The page to ask for; null after the last. */
  url: string | null;
  readonly #next: (response: R) => string | URL | null | undefined;
  readonly #items: (response: R) => Iterable<T>;
  readonly #crossOrigin: boolean;
  readonly #seen = new Set<string>();
  #pagesLeft: number;
  #itemsLeft: number;

  constructor(firstUrl: string | URL, options: PaginateOptions<R, T>) {
    assertKnownKeys(options, KNOWN, 'paginate options');
    const { next = linkedNext, items = jsonItems, limit, maxPages, crossOrigin = false } = options;
    assertFunction('next', next);
    assertFunction('items', items);
    if (limit !== undefined) assertInteger('limit', limit, 0, Number.MAX_SAFE_INTEGER);
    if (maxPages !== undefined) assertInteger('maxPages', maxPages, 1, Number.MAX_SAFE_INTEGER);
    if (typeof crossOrigin !== 'boolean') throw new InvalidOptionError('crossOrigin', 'true or false', crossOrigin);
    this.url = limit === 0 ? null : String(firstUrl);
    this.#next = next;
    this.#items = items as (response: R) => Iterable<T>;
    this.#crossOrigin = crossOrigin;
    this.#pagesLeft = maxPages ?? Number.POSITIVE_INFINITY;
    this.#itemsLeft = limit ?? Number.POSITIVE_INFINITY;
  }

  /** The page's items; afterwards `url` is the next one's. */
  *itemsOf(response: R): Generator<T, void, undefined> {
    this.url = null;
    response.raiseForStatus();
    this.#seen.add(response.url);
    for (const item of this.#items(response)) {
      yield item;
      if (--this.#itemsLeft === 0) return;
    }
    if (--this.#pagesLeft > 0) this.url = this.#urlAfter(response);
  }

  #urlAfter(response: R): string | null {
    const next = this.#next(response);
    if (next === null || next === undefined) return null;
    if (!URL.canParse(String(next), response.url)) throw new HttpPaginationError('leads to what is no URL');
    const url = new URL(next, response.url);
    url.username = '';
    url.password = '';
    url.hash = '';
    if (!this.#crossOrigin && url.origin !== new URL(response.url).origin) {
      throw new HttpPaginationError('leads to another origin, which would get the headers; allow it with crossOrigin');
    }
    if (this.#seen.has(url.href)) throw new HttpPaginationError('leads to one that was read before');
    this.#seen.add(url.href);
    return url.href;
  }
}

function linkedNext(response: Page): string | null {
  return parseLinks(response.headers.get('link'), response.url)['next']?.url ?? null;
}

function jsonItems(response: Page): Iterable<unknown> {
  const items = response.json();
  if (!Array.isArray(items)) throw new HttpPaginationError('is no JSON array; say with items what it holds');
  return items;
}
