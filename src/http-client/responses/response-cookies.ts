// The cookies that a response sets, by name. What of them is kept, and sent again, is the cookie jar's to say.

/** Reads Set-Cookie headers: name and value alone; the last of a name counts. */
export function parseSetCookies(setCookies: readonly string[]): Readonly<Record<string, string>> {
  const cookies: Record<string, string> = Object.create(null);
  for (const line of setCookies) {
    const end = line.indexOf(';');
    const pair = end === -1 ? line : line.slice(0, end);
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals)).trim();
    if (name !== '') cookies[name] = pair.slice(equals + 1).trim();
  }
  return cookies;
}
