import { describe, expect, it } from 'vitest';

import { parseLinks } from '../../../src/http-client/responses/links.ts';

const BASE = 'https://api.example/items?page=1';

function urls(header: string | null): Record<string, string> {
  return Object.fromEntries(Object.entries(parseLinks(header, BASE)).map(([rel, { url }]) => [rel, url]));
}

describe('parseLinks()', () => {
  it('finds the links by their relation, absolute', () => {
    expect(
      urls('<https://api.example/items?page=2>; rel="next", </items?page=9>; rel=last, <?page=1>; rel=first'),
    ).toEqual({
      next: 'https://api.example/items?page=2',
      last: 'https://api.example/items?page=9',
      first: 'https://api.example/items?page=1',
    });
  });

  it('finds a link by each of its relations, in any case of letters', () => {
    expect(urls('</a>; rel="NEXT  last"')).toEqual({ next: 'https://api.example/a', last: 'https://api.example/a' });
  });

  it('takes the first link of a relation, and the first rel of a link', () => {
    expect(urls('</a>; rel=next; rel=prev, </b>; rel=next')).toEqual({ next: 'https://api.example/a' });
  });

  it('keeps the other parameters', () => {
    expect(parseLinks('</a,b;c>;rel=next; Title="one, \\"two\\"; three";flag ; type=text/plain', BASE)).toEqual({
      next: {
        url: 'https://api.example/a,b;c',
        rel: 'next',
        title: 'one, "two"; three',
        flag: '',
        type: 'text/plain',
      },
    });
  });

  it.each<[string | null, Record<string, string>]>([
    [null, {}],
    ['', {}],
    [',,', {}],
    ['</a>', {}],
    ['</a>; rel=""', {}],
    ['/a; rel=next', {}],
    ['</a; rel=next', {}],
    ['<http://[>; rel=next', {}],
    ['</a>; rel=next; anchor="#x"', {}],
    ['</a>; rel="open', {}],
    ['</a> rel=prev, </b>; rel=next', { next: 'https://api.example/b' }],
    ['junk, </b>; rel=next', { next: 'https://api.example/b' }],
    [',, </b> ;; rel = next ;,', { next: 'https://api.example/b' }],
  ])('leaves out what is malformed: %j', (header, expected) => {
    expect(urls(header)).toEqual(expected);
  });

  it('has no relation by itself', () => {
    expect(parseLinks('</a>; rel=__proto__', BASE)['toString']).toBeUndefined();
    expect(urls('</a>; rel=__proto__')).toEqual(JSON.parse('{"__proto__":"https://api.example/a"}'));
  });

  it('is done with a hostile header at once', () => {
    for (const header of [`<a>${'; '.repeat(50_000)}`, `<a>; x="${'\\'.repeat(100_001)}`, '<'.repeat(100_000)]) {
      expect(urls(header)).toEqual({});
    }
  });
});
