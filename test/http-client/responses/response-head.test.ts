import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import { parseLinks } from '../../../src/http-client/responses/links.ts';
import { headOf, responseOf, streamOf } from './heads.ts';

describe.each([
  ['HttpResponse', (head: object) => responseOf('secret body', head)],
  ['HttpStream', (head: object) => streamOf(false, ['secret body'], head)],
])('the head of an %s', (name, make) => {
  it('tells what came, and what was asked', () => {
    const timings = { connect: 1, headers: 2, body: 3 };
    const response = make({ method: 'POST', status: 201, statusText: 'Created', elapsed: 6, timings });
    expect([response.status, response.statusText, response.ok, response.elapsed]).toEqual([201, 'Created', true, 6]);
    expect(response.timings).toBe(timings);
    expect(response.url).toBe('http://host/path?token=secret');
    expect(response.request).toEqual({ method: 'POST', url: 'http://host/path?token=secret' });
  });

  it('knows what went before', () => {
    const challenge = responseOf('', { status: 401 });
    expect([make({}).history, make({}).redirected]).toEqual([[], false]);
    expect(make({ history: [challenge] }).redirected).toBe(false);
    const history = [responseOf('', { status: 302 }), challenge];
    expect(make({ history })).toMatchObject({ history, redirected: true });
  });

  it.each([
    ['Text/HTML; charset=utf-8', 'text/html'],
    ['application/json', 'application/json'],
    [undefined, null],
  ])('reads the content-type %j', (header, type) => {
    expect(make({ headers: { 'content-type': header } }).contentType).toBe(type);
  });

  it('reads cookies, the last of a name', () => {
    const lines = ['a=1; Path=/', 'b="2"; HttpOnly', 'a=3', ' c = x=y ', '=nameless', 'no pair', '__proto__=p', 'd='];
    const { cookies } = make({ headers: { 'set-cookie': lines } });
    expect({ ...cookies }).toEqual({ a: '3', b: '"2"', c: 'x=y', ['__proto__']: 'p', d: '' });
    expect({ ...make({}).cookies }).toEqual({});
    expect(cookies['toString']).toBe(undefined);
  });

  it('reads links against its own URL', () => {
    const { links } = make({ headers: { link: ['</a?page=2>; rel="next"', '<b>; rel=prev'] } });
    expect([links['next']?.url, links['prev']?.url]).toEqual(['http://host/a?page=2', 'http://host/b']);
  });

  it('shows neither query, headers nor body when it is printed or logged', () => {
    const response = make({ headers: { 'set-cookie': 'sid=secret', 'x-secret': 'y' } });
    void response.headers;
    const shown = inspect(response, { depth: 9, showHidden: true });
    expect(shown).toBe(`${name} { method: 'GET', url: 'http://host/path', status: 200 }`);
    expect(JSON.stringify({ response })).toBe('{"response":{"method":"GET","url":"http://host/path","status":200}}');
    expect(inspect(response.headers, { depth: 9, showHidden: true })).not.toContain('secret');
  });
});

describe('parseLinks()', () => {
  it.each<[string, Record<string, Record<string, string>>]>([
    ['', {}],
    ['<http://a/1>; rel=next', { next: { url: 'http://a/1', rel: 'next' } }],
    [
      '<1>; rel="next last"; title="a, b; c \\"d\\"", <2>;rel=Prev',
      {
        next: { url: 'http://host/1', rel: 'next last', title: 'a, b; c "d"' },
        last: { url: 'http://host/1', rel: 'next last', title: 'a, b; c "d"' },
        prev: { url: 'http://host/2', rel: 'Prev' },
      },
    ],
    ['<1>; rel=next, <2>; rel=next', { next: { url: 'http://host/1', rel: 'next' } }],
    ['<1>; rel=a; rel=b; flag; x = 1', { a: { url: 'http://host/1', rel: 'a', flag: '', x: '1' } }],
    ['<1,2;3>; rel=next', { next: { url: 'http://host/1,2;3', rel: 'next' } }],
    ['<http://[bad>; rel=next, <2>; rel=last', { last: { url: 'http://host/2', rel: 'last' } }],
    ['<1>, <2; rel=x', {}],
    ['<1>; rel="unclosed', {}],
    ['<1>; rel=__proto__', { ['__proto__']: { url: 'http://host/1', rel: '__proto__' } }],
    ['<1>; url=evil; rel=next', { next: { url: 'http://host/1', rel: 'next' } }],
  ])('reads %s', (header, links) => {
    const parsed = parseLinks(header, 'http://host/path');
    expect(Object.fromEntries(Object.entries(parsed).map(([rel, link]) => [rel, { ...link }]))).toEqual(links);
  });

  it('takes no longer than its length', () => {
    const hostile = `<${'<'.repeat(50_000)}>; ${'rel="'.repeat(50_000)}`;
    expect(Object.keys(parseLinks(hostile, headOf().origin))).toBeInstanceOf(Array);
  });
});
