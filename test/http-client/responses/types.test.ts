import { describe, expectTypeOf, it } from 'vitest';

import type { HttpResponse } from '../../../src/http-client/responses/http-response.ts';
import type { HttpStream } from '../../../src/http-client/responses/http-stream.ts';
import type { StandardSchema } from '../../../src/http-client/responses/standard-schema.ts';
import type { HttpEvents } from '../../../src/http-client/sse/event-source.ts';
import type { HttpEvent } from '../../../src/http-client/sse/event-splitter.ts';

type Schema = StandardSchema<unknown, { id: number }>;
interface User {
  name: string;
}

describe('types', () => {
  it('of a buffered response are values, but for saveTo()', () => {
    const use = (response: HttpResponse<false>, green: HttpResponse<true>, schema: Schema) => {
      expectTypeOf(response.json()).toEqualTypeOf<unknown>();
      expectTypeOf(response.json<User>()).toEqualTypeOf<User>();
      expectTypeOf(response.json(schema)).toEqualTypeOf<{ id: number }>();
      expectTypeOf(response.saveTo('')).toEqualTypeOf<Promise<number>>();
      expectTypeOf(green.saveTo('')).toEqualTypeOf<number>();
    };
    expectTypeOf(use).toBeFunction();
  });

  it('of a streamed response are values, or promises', () => {
    const use = (stream: HttpStream<false>, green: HttpStream<true>, schema: Schema) => {
      expectTypeOf(stream.text()).toEqualTypeOf<Promise<string>>();
      expectTypeOf(green.text()).toEqualTypeOf<string>();
      expectTypeOf(stream.json(schema)).toEqualTypeOf<Promise<{ id: number }>>();
      expectTypeOf(green.json<User>()).toEqualTypeOf<User>();
      expectTypeOf(stream.iterLines()).toEqualTypeOf<AsyncGenerator<string, void, undefined>>();
      expectTypeOf(green.iterLines()).toEqualTypeOf<Generator<string, void, undefined>>();
      expectTypeOf(green.raiseForStatus().text()).toEqualTypeOf<string>();
      expectTypeOf(stream.raiseForStatus()).resolves.toExtend<HttpStream<false>>();
    };
    expectTypeOf(use).toBeFunction();
  });

  it('of an event source say which loop it takes', () => {
    expectTypeOf<HttpEvents<true>>().toExtend<Iterable<HttpEvent>>();
    expectTypeOf<HttpEvents<true>>().not.toExtend<AsyncIterable<HttpEvent>>();
    expectTypeOf<HttpEvents<false>>().toExtend<AsyncIterable<HttpEvent>>();
  });
});
