// Where a request goes: an origin for undici's pools and a path with its query, both as the WHATWG parser would
// write them. That parser is skipped for what it would not change: an origin seen before, a path of plain characters.

import { InvalidOptionError } from '../errors.ts';
import { userinfoAuth } from './auth/basic.ts';
import type { HttpCredentials } from './auth/http-auth.ts';
import { InvalidRequestError } from './http-errors.ts';

export interface Target {
  readonly origin: string;
  readonly path: string;
  /** The user name and password that the URL had. */
  readonly userinfo: HttpCredentials | null;
}

const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\//i;
const PLAIN_ORIGIN = /^https?:\/\/[\w.:[\]-]+$/i;
const PLAIN_PATH = /^\/[\w\-~!$&()*+,;=:@/%.?]*$/;
const DOT_SEGMENT = /\/(?:\.|%2e)/i;

// A client that calls more hosts than this parses some of them again.
const MAX_ORIGINS = 256;

export class TargetResolver {
  readonly #base: Target | null;
  readonly #origins = new Map<string, string>();

  constructor(baseUrl: string | URL | undefined) {
    this.#base = baseUrl === undefined ? null : parseBase(baseUrl);
  }

  /** Of `baseUrl`; null without one. */
  get baseOrigin(): string | null {
    return this.#base?.origin ?? null;
  }

  resolve(url: string | URL): Target {
    const text = urlText('url', url);
    if (!ABSOLUTE.test(text)) return this.#resolveRelative(text);
    const slash = text.indexOf('/', text.indexOf('://') + 3);
    if (slash === -1) return targetOf(parse('url', text));
    const prefix = text.slice(0, slash);
    const origin = this.#origins.get(prefix);
    const path = text.slice(slash);
    if (origin !== undefined && isPlain(path)) return { origin, path, userinfo: null };
    const parsed = parse('url', text);
    if (PLAIN_ORIGIN.test(prefix)) this.#remember(prefix, parsed.origin);
    return targetOf(parsed);
  }

  // Appended, not resolved as a link would be: the base's path stays, and '//host' does not leave its host.
  #resolveRelative(text: string): Target {
    const base = this.#base;
    if (base === null) {
      throw new InvalidRequestError('url', 'absolute (http://… or https://…), because the client has no baseUrl');
    }
    const joint = text === '' || text.startsWith('/') || text.startsWith('?') ? '' : '/';
    const path = base.path + joint + text;
    return isPlain(path)
      ? { origin: base.origin, path, userinfo: base.userinfo }
      : { ...targetOf(parse('url', base.origin + path)), userinfo: base.userinfo };
  }

  #remember(prefix: string, origin: string): void {
    if (this.#origins.size >= MAX_ORIGINS) this.#origins.clear();
    this.#origins.set(prefix, origin);
  }
}

function parseBase(baseUrl: string | URL): Target {
  const url = parse('baseUrl', urlText('baseUrl', baseUrl));
  if (url.search !== '' || url.hash !== '') throw new InvalidRequestError('baseUrl', 'without query and fragment');
  return { origin: url.origin, path: url.pathname.replace(/\/$/, ''), userinfo: userinfoAuth(url) };
}

/** @throws `GREEN_ERR_OPT_INVALID` */
export function urlText(option: string, url: string | URL): string {
  if (typeof url === 'string') return url;
  if (url instanceof URL) return url.href;
  throw new InvalidOptionError(option, 'a string or a URL', url);
}

// The parser's own error is no cause: it quotes the URL.
function parse(option: string, text: string): URL {
  if (!URL.canParse(text)) throw new InvalidRequestError(option, 'a valid URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InvalidRequestError(option, 'an http: or https: URL');
  }
  return url;
}

function targetOf(url: URL): Target {
  return { origin: url.origin, path: url.pathname + url.search, userinfo: userinfoAuth(url) };
}

function isPlain(path: string): boolean {
  return PLAIN_PATH.test(path) && !DOT_SEGMENT.test(path);
}
