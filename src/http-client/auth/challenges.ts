// Parses WWW-Authenticate (RFC 9110 section 11.6.1). Commas part challenges and parameters alike, and stand in quoted
// strings too: only a look at what follows a token tells a scheme from a parameter. Linear in the header's length.

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case, values without quotes. The first of a name counts. */
  readonly params: ReadonlyMap<string, string>;
}

const BLANK = /[\s,]*/y;
const TOKEN = /[\w!#$%&'*+.^`|~-]+/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
// token68, when nothing but a comma or the end follows it.
const TOKEN68 = /[ \t]+[\w.~+/-]+=*[ \t]*(?=,|$)/y;

/** Every challenge, in the order they came. What follows a syntax error is left out. */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  if (header === undefined) return [];
  return (typeof header === 'string' ? [header] : header).flatMap(parseLine);
}

function parseLine(line: string): Challenge[] {
  const found: { scheme: string; params: Map<string, string> }[] = [];
  let at = 0;
  const eat = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    eat(BLANK);
    const word = eat(TOKEN)?.[0];
    if (word === undefined) return found;
    const current = found.at(-1);
    if (eat(EQUALS) === null) {
      found.push({ scheme: word.toLowerCase(), params: new Map() });
      eat(TOKEN68);
      continue;
    }
    const quoted = eat(QUOTED);
    const value = quoted === null ? eat(TOKEN)?.[0] : quoted[1]?.replaceAll(/\\(.)/g, '$1');
    if (current === undefined || value === undefined) return found;
    const name = word.toLowerCase();
    if (!current.params.has(name)) current.params.set(name, value);
  }
}
