import { describe, expect, it } from 'vitest';

import { NoProxy } from '../../../src/http-client/transport/no-proxy.ts';

function covers(rules: string, origin: string): boolean {
  return new NoProxy(rules).covers(new URL(origin));
}

describe('NO_PROXY', () => {
  it('takes commas and white space between its rules, and ignores case', () => {
    for (const host of ['a.example', 'b.example', 'c.example']) {
      expect(covers(' A.example, b.EXAMPLE\tc.example ,', `http://${host}`)).toBe(true);
    }
    expect(covers('a.example', 'http://b.example')).toBe(false);
    expect(covers('', 'http://b.example')).toBe(false);
  });

  it('covers everything with *', () => {
    expect(covers('*', 'https://a.example')).toBe(true);
    expect(covers('x, *', 'http://10.1.2.3:80')).toBe(true);
  });

  it.each(['example.com', '.example.com', '*.example.com', 'example.com.'])(
    'covers the name and those below it, on label boundaries: %s',
    (rule) => {
      expect(covers(rule, 'http://example.com')).toBe(true);
      expect(covers(rule, 'http://a.b.example.com')).toBe(true);
      expect(covers(rule, 'http://example.com./')).toBe(true);
      expect(covers(rule, 'http://notexample.com')).toBe(false);
      expect(covers(rule, 'http://example.com.evil.example')).toBe(false);
    },
  );

  it('restricts a rule to a port, a scheme standing for its own', () => {
    expect(covers('a.example:8080', 'http://a.example:8080')).toBe(true);
    expect(covers('a.example:8080', 'http://a.example')).toBe(false);
    expect(covers('a.example:443', 'https://a.example')).toBe(true);
    expect(covers('a.example:80', 'https://a.example')).toBe(false);
    expect(covers('[::1]:8080', 'http://[::1]:8080')).toBe(true);
    expect(covers('[::1]:8080', 'http://[::1]:80')).toBe(false);
    expect(covers('127.0.0.1:81', 'http://127.0.0.1:81')).toBe(true);
  });

  it('compares addresses by value', () => {
    expect(covers('127.0.0.1', 'http://127.0.0.1:3000')).toBe(true);
    expect(covers('127.0.0.1', 'http://127.0.0.10')).toBe(false);
    expect(covers('0:0:0:0:0:0:0:1', 'http://[::1]')).toBe(true);
    expect(covers('[::1]', 'http://[::1]')).toBe(true);
    expect(covers('2001:DB8::1', 'http://[2001:db8:0::1]')).toBe(true);
  });

  it('knows CIDR ranges of both families', () => {
    expect(covers('10.0.0.0/8', 'http://10.255.0.1')).toBe(true);
    expect(covers('10.0.0.0/8', 'http://11.0.0.1')).toBe(false);
    expect(covers('192.168.1.128/25', 'http://192.168.1.127')).toBe(false);
    expect(covers('2001:db8::/32', 'http://[2001:db8:ffff::1]')).toBe(true);
    expect(covers('2001:db8::/32', 'http://[2001:db9::1]')).toBe(false);
    expect(covers('fe80::/10', 'http://10.0.0.1')).toBe(false);
  });

  it('takes no address for a name, and no name for an address', () => {
    expect(covers('0.0.1', 'http://10.0.0.1')).toBe(false);
    expect(covers('10.0.0.0/8', 'http://a.example')).toBe(false);
    expect(covers('1', 'http://127.0.0.1')).toBe(false);
  });

  it('reports rules that it cannot read, and lets them match nothing', () => {
    const rules = new NoProxy('a.example:port, 10.0.0.0/33, ::1/129, x/8, [oops, http://a.example, ok.example');
    expect(rules.invalid).toEqual(['a.example:port', '10.0.0.0/33', '::1/129', 'x/8', '[oops', 'http://a.example']);
    expect(rules.covers(new URL('http://a.example'))).toBe(false);
    expect(rules.covers(new URL('http://ok.example'))).toBe(true);
  });
});
