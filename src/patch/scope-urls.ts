// How the addresses of modules tell the scope that they belong to. Pure: the hooks' thread has it, too.

const SCHEME = 'greenroom-scope:';
const MARK = 'greenroom';

/** What stands for `id`, asked for by the module `from`, as a specifier of import(). */
export function entrySpecifier(scope: number, id: string, from: string): string {
  return `${SCHEME}${scope}?${new URLSearchParams({ id, from })}`;
}

/** The reverse; null if `specifier` is none of this scope. */
export function entryOf(scope: number, specifier: string): { readonly id: string; readonly from: string } | null {
  if (!specifier.startsWith(`${SCHEME}${scope}?`)) return null;
  const { searchParams } = new URL(specifier);
  return { id: searchParams.get('id') as string, from: searchParams.get('from') as string };
}

/** The address of one of Node's modules as the scope sees it. */
export function builtinUrl(scope: number, name: string): string {
  return `${SCHEME}${scope}/${name}`;
}

export function builtinOf(scope: number, url: string): string | null {
  const start = `${SCHEME}${scope}/`;
  return url.startsWith(start) ? url.slice(start.length) : null;
}

/** The address of the scope's copy of a file. */
export function markedUrl(scope: number, url: string): string {
  const marked = new URL(url);
  marked.searchParams.set(MARK, String(scope));
  return marked.href;
}

export function isMarked(scope: number, url: string | undefined): boolean {
  if (url?.startsWith('file:') !== true || !url.includes(MARK)) return false;
  return new URL(url).searchParams.get(MARK) === String(scope);
}
