// A node:http request as the Request of the Fetch standard. Node's own classes: what a library would add is speed in
// making Requests, against a dependency whose answers to errors and deadlines are not the pool's.

import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;

/** Its body is read from the client only as the handler reads it. */
export function fetchRequest(incoming: IncomingMessage & { body?: unknown }, signal: AbortSignal): Request {
  const { method = 'GET', rawHeaders, body: read } = incoming;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (!name.startsWith(':')) headers.append(name, rawHeaders[at + 1] as string); // `:path` and so on are HTTP/2's own
  }
  if (method === 'GET' || method === 'HEAD') return new Request(urlOf(incoming), { method, headers, signal });
  const body = read instanceof Uint8Array ? (read as Uint8Array<ArrayBuffer>) : bodyOf(incoming);
  return new Request(urlOf(incoming), { method, headers, signal, body, duplex: 'half' });
}

/** Built by hand: resolved against a base, a path that begins with `//` would name another host. */
function urlOf({ url = '/', headers, socket }: IncomingMessage): string {
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url;
  const scheme = (socket as TLSSocket).encrypted === true ? 'https' : 'http';
  const path = url.startsWith('/') ? url : `/${url}`;
  const named = headers.host ?? (headers[':authority'] as string | undefined) ?? '';
  const origin = HOST.test(named) && URL.canParse(`${scheme}://${named}`) ? named : ownAddress(socket);
  return `${scheme}://${origin}${path}`;
}

/** For clients that do not say, or not sensibly, whom they ask. */
function ownAddress({ localAddress, localPort }: IncomingMessage['socket']): string {
  if (localAddress === undefined) return 'localhost';
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  let chunks: AsyncIterator<Uint8Array<ArrayBuffer>> | null = null;
  return new ReadableStream(
    {
      async pull(controller) {
        chunks ??= incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array<ArrayBuffer>>;
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await chunks?.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
