// Requests for the tests of this folder, as the client would make them.

import type { RequestBody } from '../../../src/http-client/bodies/request-body.ts';
import { OutgoingRequest } from '../../../src/http-client/outgoing-request.ts';
import { type HttpHeadersInput, mergeHeaders } from '../../../src/http-client/request-headers.ts';

interface Parts {
  method?: string;
  origin?: string;
  path?: string;
  headers?: HttpHeadersInput;
  body?: RequestBody | null;
}

export function outgoing(parts: Parts = {}): OutgoingRequest {
  const { method = 'GET', origin = 'http://example.org', path = '/', headers, body = null } = parts;
  return new OutgoingRequest(method, origin, path, mergeHeaders(new Map(), headers), body);
}
