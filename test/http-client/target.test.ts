import { describe, expect, it } from 'vitest';

import { TargetResolver } from '../../src/http-client/target.ts';

// Every one is resolved twice: the second time the origin is known, and the parser may be skipped.
const URLS = [
  'http://host',
  'http://host/',
  'http://host?a=1',
  'http://host#f',
  'http://HOST:80/Path',
  'https://host:443/a//b/',
  'https://host:8443/a',
  'HTTP://host/a',
  'http://host/a?b=/../c&d=.',
  'http://host/a/./b/../c',
  'http://host/a/%2e%2E/b',
  'http://host/a/.hidden',
  'http://host/..',
  'http://host/a b?c d',
  'http://host/ä?ö=ü#ß',
  "http://host/it's?it's",
  'http://host/a\\b?c\\d',
  'http://host/<>"`{}|^?<>"`{}|^',
  'http://host/%zz%41?%zz%41',
  'http://host/a\tb\nc',
  'http://host/~user/$&+,;=:@!*()',
  'http://[::1]:3000/a',
  'http://127.1/a',
  'http://bücher.example/a',
  'http://host\\evil/a',
  'http://host/@x',
  'http://host:/a',
];

describe('TargetResolver', () => {
  it('writes origin and path as the WHATWG parser does, first and second time', () => {
    const targets = new TargetResolver(undefined);
    for (const url of [...URLS, ...URLS]) {
      const { origin, pathname, search } = new URL(url);
      expect([url, targets.resolve(url)]).toEqual([url, { origin, path: pathname + search, userinfo: null }]);
    }
  });

  it('does so below a baseUrl', () => {
    const targets = new TargetResolver('http://Host:80/a%20b/');
    for (const path of ['/c', 'c', '?d=1', '', '/../up', '/c d', '/c?e=ü', '//c', '/\\c']) {
      const { origin, pathname, search } = new URL(`http://host/a%20b${/^[/?]|^$/.test(path) ? '' : '/'}${path}`);
      expect([path, targets.resolve(path)]).toEqual([path, { origin, path: pathname + search, userinfo: null }]);
    }
  });

  it('goes on when it has seen more origins than it keeps', () => {
    const targets = new TargetResolver(undefined);
    for (let i = 0; i < 1000; i++) {
      expect(targets.resolve(`http://h${i}.example/x`)).toEqual({
        origin: `http://h${i}.example`,
        path: '/x',
        userinfo: null,
      });
    }
    expect(targets.resolve('http://h0.example/y')).toEqual({ origin: 'http://h0.example', path: '/y', userinfo: null });
  });

  it('does not let a host seen before stand for another', () => {
    const targets = new TargetResolver(undefined);
    targets.resolve('http://host/a');
    expect(targets.resolve('http://host:81/a').origin).toBe('http://host:81');
    expect(targets.resolve('https://host/a').origin).toBe('https://host');
    expect(targets.resolve('http://host@evil/a')).toEqual({
      origin: 'http://evil',
      path: '/a',
      userinfo: ['host', ''],
    });
  });
});
