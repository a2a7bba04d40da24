// json(): parsing, and what a schema makes of the value.

import { InvalidOptionError } from '../../errors.ts';
import type { HttpResponse } from './http-response.ts';
import { HttpDecodeError, HttpSchemaError } from './response-errors.ts';
import type { ResponseHead } from './response-head.ts';
import type { SchemaResult, StandardSchema } from './standard-schema.ts';

/** @throws `GREEN_ERR_HTTP_DECODE` */
export function parseJson(text: string, head: ResponseHead, response: HttpResponse): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpDecodeError(head, response);
  }
}

/** @throws `GREEN_ERR_OPT_INVALID` for what is no Standard Schema. */
export function assertSchema(schema: unknown): asserts schema is StandardSchema {
  const standard = (schema as Partial<StandardSchema> | null | undefined)?.['~standard'];
  if (typeof standard?.validate === 'function') return;
  throw new InvalidOptionError('json() schema', 'a Standard Schema (Zod, Valibot, ArkType, …)', schema);
}

/** @throws `GREEN_ERR_HTTP_SCHEMA` */
export function acceptedValue(result: SchemaResult<unknown>, head: ResponseHead, response: HttpResponse): unknown {
  if (result.issues !== undefined) throw new HttpSchemaError(head, response, result.issues);
  return result.value;
}
