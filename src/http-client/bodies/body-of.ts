// Which of the request's options is its body.

import { InvalidRequestError } from '../http-errors.ts';
import { BytesBody } from './bytes-body.ts';
import { FORM_TYPE, formText, type HttpForm } from './form.ts';
import { type HttpMultipart, multipartBodyOf } from './multipart.ts';
import { type HttpBodyInput, rawBodyOf } from './raw-body.ts';
import type { RequestBody } from './request-body.ts';

/** At most one of them. `content-type` is set as said here, unless the request's headers have one. */
export interface BodyOptions {
  /** Sent as JSON, `application/json`. */
  json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`. */
  form?: HttpForm;
  /** Sent as `multipart/form-data`: fields and files. */
  multipart?: HttpMultipart;
  /**
   * Sent as it is. No `content-type`, but for blobs and files that have one, URLSearchParams (as `form`) and FormData (as
   * `multipart`). A generator of a green client's is run in the context of the call, and may wait.
   */
  body?: HttpBodyInput | FormData;
}

/**
 * The body of a request with these options; null for none. Never suspends, and reads nothing.
 *
 * @throws `GREEN_ERR_OPT_INVALID` for more than one, for what cannot be sent, and for a body already used.
 */
export function bodyOf(options: BodyOptions): RequestBody | null {
  const { json, form, multipart, body } = options;
  if (json !== undefined) {
    if (form !== undefined || multipart !== undefined || body !== undefined) throw several();
    return new BytesBody(jsonText(json), 'application/json');
  }
  if (form !== undefined) {
    if (multipart !== undefined || body !== undefined) throw several();
    return new BytesBody(formText(form), FORM_TYPE);
  }
  if (multipart !== undefined) {
    if (body !== undefined) throw several();
    return multipartBodyOf(multipart);
  }
  if (body === undefined) return null;
  return isFormData(body) ? multipartBodyOf(body) : rawBodyOf(body);
}

function jsonText(json: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(json);
  } catch (error) {
    cause = error;
  }
  if (text === undefined) throw new InvalidRequestError('json', 'a value that JSON.stringify() can write', cause);
  return text;
}

// Of any copy: Node's, undici's, a polyfill's.
function isFormData(body: HttpBodyInput | FormData): body is FormData {
  return Object.prototype.toString.call(body) === '[object FormData]';
}

function several(): InvalidRequestError {
  return new InvalidRequestError('json, form, multipart and body', 'given one at a time: a request has one body');
}
