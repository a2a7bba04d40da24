// Targets for URLs that begin with a prefix. The longest prefix wins; it ends where a part of the path ends, so that
// 'https://a.example/v1' is no prefix of 'https://a.example/v10'.

import { InvalidRequestError } from '../http-errors.ts';

export interface Mount<T> {
  /** An origin, or only a scheme: `'https://'`. */
  readonly origin: string;
  /** Without a slash at the end. */
  readonly path: string;
  readonly target: T;
}

/** @throws `GREEN_ERR_OPT_INVALID` for what is no prefix of an http: or https: URL. */
export function mountAt<T>(prefix: string, target: T): Mount<T> {
  if (prefix === 'http://' || prefix === 'https://') return { origin: prefix, path: '', target };
  const url = typeof prefix === 'string' && URL.canParse(prefix) ? new URL(prefix) : null;
  const plain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!plain || !(url.protocol === 'http:' || url.protocol === 'https:')) {
    const expected = "'http://', 'https://', or an http: or https: URL without user name, password, query and fragment";
    throw new InvalidRequestError('The prefix of a mount', expected);
  }
  return { origin: url.origin, path: url.pathname.replace(/\/$/, ''), target };
}

/** Those that matter to an origin, the longest prefix first. */
export function mountsOf<T>(mounts: readonly Mount<T>[], origin: string): readonly Mount<T>[] {
  return mounts
    .filter((mount) => (mount.origin.endsWith('://') ? origin.startsWith(mount.origin) : origin === mount.origin))
    .sort((a, b) => b.origin.length - a.origin.length || b.path.length - a.path.length);
}

export function findMount<T>(mounts: readonly Mount<T>[], path: string): T | null {
  for (const mount of mounts) if (isUnder(path, mount.path)) return mount.target;
  return null;
}

function isUnder(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  const next = path[prefix.length];
  return prefix === '' || next === undefined || next === '/' || next === '?';
}
