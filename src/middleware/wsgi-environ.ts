// The environ of a WSGI-shaped handler: what CGI and PEP 3333 call the parts of a request.

import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

import { type GreenStream, greenStream } from '../std/green-stream.ts';

/** Keys after PEP 3333; headers are `HTTP_*`, a string each. Texts are Unicode, not bytes in disguise as in Python. */
export interface WsgiEnviron {
  REQUEST_METHOD: string;
  /** The prefix that the handler is mounted under; `''` for none. */
  SCRIPT_NAME: string;
  /** The rest of the path, decoded. */
  PATH_INFO: string;
  QUERY_STRING: string;
  CONTENT_TYPE?: string;
  CONTENT_LENGTH?: string;
  SERVER_NAME: string;
  SERVER_PORT: string;
  SERVER_PROTOCOL: string;
  REMOTE_ADDR: string;
  'wsgi.version': readonly [1, 0];
  'wsgi.url_scheme': 'http' | 'https';
  /** The body. */
  'wsgi.input': GreenStream;
  'wsgi.errors': NodeJS.WritableStream;
  'wsgi.multithread': boolean;
  'wsgi.multiprocess': boolean;
  'wsgi.run_once': boolean;
  [key: string]: unknown;
}

export function wsgiEnviron(request: IncomingMessage & { baseUrl?: string }): WsgiEnviron {
  const { method = 'GET', url = '/', headers, socket, httpVersion, baseUrl = '' } = request;
  const queryAt = url.indexOf('?');
  const { localAddress = 'localhost', localPort = 80, remoteAddress = '' } = socket;
  const environ: WsgiEnviron = {
    REQUEST_METHOD: method,
    SCRIPT_NAME: baseUrl,
    PATH_INFO: decoded(queryAt === -1 ? url : url.slice(0, queryAt)),
    QUERY_STRING: queryAt === -1 ? '' : url.slice(queryAt + 1),
    SERVER_NAME: localAddress,
    SERVER_PORT: String(localPort),
    SERVER_PROTOCOL: `HTTP/${httpVersion}`,
    REMOTE_ADDR: remoteAddress,
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': (socket as TLSSocket).encrypted === true ? 'https' : 'http',
    'wsgi.input': greenStream(request),
    'wsgi.errors': process.stderr,
    'wsgi.multithread': true,
    'wsgi.multiprocess': false,
    'wsgi.run_once': false,
  };
  if (headers['content-type'] !== undefined) environ.CONTENT_TYPE = headers['content-type'];
  if (headers['content-length'] !== undefined) environ.CONTENT_LENGTH = headers['content-length'];
  for (const [name, value] of Object.entries(headers)) {
    // X_Real_IP must not pass for X-Real-IP, which a proxy vouches for.
    if (value === undefined || name.includes('_') || name === 'content-type' || name === 'content-length') continue;
    environ[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`] = Array.isArray(value) ? value.join(', ') : value;
  }
  return environ;
}

/** As it is where it is no percent-encoded UTF-8. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
