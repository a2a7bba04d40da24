// The Link header (RFC 8288): which other pages belong to a response. Linear in the header's length.

/** One link; its parameters (`rel`, `title`, `type`, …) stand beside, by their names in lower case. */
export interface HttpLink {
  /** Absolute. */
  readonly url: string;
  readonly [parameter: string]: string;
}

/** By relation, in lower case; the first link of a relation counts. Has no prototype. */
export type HttpLinks = Readonly<Record<string, HttpLink>>;

const BLANK = /[\s,]*/y;
const TARGET = /<([^>]*)>/y;
const NAME = /[ \t]*;[ \t]*([\w!#$&+.^`|~*-]*)[ \t]*/y;
const VALUE = /=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))/y;
const GARBAGE = /[^,]*/y;

/**
 * The links of a response. What is malformed is left out, and so are links with an `anchor`: they are about another
 * page. Never suspends.
 *
 * @param header - null for none.
 * @param baseUrl - what relative targets are resolved against: the response's URL.
 */
export function parseLinks(header: string | null, baseUrl: string): HttpLinks {
  const links: Record<string, HttpLink> = Object.create(null);
  for (const { target, params } of header === null ? [] : parse(header)) {
    const rel = params['rel']?.trim().toLowerCase();
    if (rel === undefined || rel === '' || 'anchor' in params || !URL.canParse(target, baseUrl)) continue;
    const link: HttpLink = Object.assign(params, { url: new URL(target, baseUrl).href });
    for (const relation of rel.split(/\s+/)) links[relation] ??= link;
  }
  return links;
}

function* parse(header: string): Generator<{ target: string; params: Record<string, string> }> {
  let at = 0;
  const eat = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (eat(BLANK); at < header.length; eat(BLANK)) {
    const target = eat(TARGET)?.[1];
    const params: Record<string, string> = Object.create(null);
    for (let name = eat(NAME)?.[1]?.toLowerCase(); name !== undefined; name = eat(NAME)?.[1]?.toLowerCase()) {
      const value = eat(VALUE);
      params[name] ??= value?.[1]?.replaceAll(/\\(.)/g, '$1') ?? value?.[2] ?? '';
    }
    eat(GARBAGE);
    if (target !== undefined) yield { target, params };
  }
}
