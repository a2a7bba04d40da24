import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CookieJar, MemoryCookieStore, Store } from 'tough-cookie';
import { describe, expect, it } from 'vitest';

import { newCookieStore } from '../../../src/http-client/cookies/cookie-store.ts';

const SITE = 'http://www.example.com/a/b';

describe('newCookieStore()', () => {
  it('sends back what a server has set, to where it belongs', () => {
    const store = newCookieStore(true);
    expect(store.header(SITE)).toBeNull();
    store.store(SITE, ['a=1; Path=/', 'b=2', 'c=3; Domain=example.com; Path=/', 'd=4; Secure; Path=/']);
    expect(store.header(SITE)).toBe('b=2; a=1; c=3');
    expect(store.header('http://www.example.com/other')).toBe('a=1; c=3');
    expect(store.header('http://api.example.com/')).toBe('c=3');
    expect(store.header('https://www.example.com/')).toBe('a=1; c=3');
    expect(store.header('http://example.org/')).toBeNull();
  });

  it('sends secure cookies by https only', () => {
    const store = newCookieStore(true);
    store.store('https://example.com/', ['s=1; Secure']);
    expect(store.header('http://example.com/')).toBeNull();
    expect(store.header('https://example.com/')).toBe('s=1');
  });

  it('replaces and deletes cookies as told', () => {
    const store = newCookieStore(true);
    store.store(SITE, ['a=1', 'b=1']);
    store.store(SITE, ['a=2', 'b=; Max-Age=0']);
    expect(store.header(SITE)).toBe('a=2');
  });

  it("ignores cookies that are malformed, or not the server's to set", () => {
    const store = newCookieStore(true);
    const ignored = [
      '',
      '=',
      ';',
      'no-value',
      'x=1; Domain=example.org',
      'x=1; Domain=com',
      '__Secure-x=1',
      '__Host-x=1',
    ];
    store.store(SITE, [...ignored, `x=${'1'.repeat(10_000)}`, 'good=1']);
    store.store('http://www.example.co.uk/', ['x=1; Domain=co.uk']);
    store.store('http://user.github.io/', ['x=1; Domain=github.io']);
    expect(store.header(SITE)).toBe('good=1');
    expect(store.header('http://other.github.io/')).toBeNull();
    expect(store.header('http://www.example.co.uk/')).toBeNull();
  });

  it('keeps the newest 180 cookies of a host, whatever their paths', () => {
    const store = newCookieStore(true);
    store.store('http://other.example/', ['other=1']);
    for (let n = 0; n < 300; n++) store.store(SITE, [`c${n}=${n}; Path=${n % 2 === 0 ? '/' : '/elsewhere'}`]);
    const kept = ['/', '/elsewhere'].map((path) => store.header(`http://www.example.com${path}`)?.split('; ') ?? []);
    expect(kept[0]).toHaveLength(90);
    expect(kept[1]).toHaveLength(180);
    expect(kept[1]).toContain('c120=120');
    expect(kept[1]).not.toContain('c119=119');
    expect(store.header('http://other.example/')).toBe('other=1');
  });

  it('works for addresses and localhost', () => {
    const store = newCookieStore(true);
    for (const url of ['http://127.0.0.1:3000/', 'http://[::1]:3000/', 'http://localhost:3000/']) {
      store.store(url, ['a=1']);
      expect(store.header(url)).toBe('a=1');
    }
  });

  it('uses the jar of the caller, which may bring cookies and sees the new ones', () => {
    const jar = new CookieJar();
    jar.setCookieSync('mine=1', SITE);
    const store = newCookieStore(jar);
    store.store(SITE, ['theirs=2']);
    expect(store.header(SITE)).toBe('mine=1; theirs=2');
    expect(jar.getCookieStringSync(SITE)).toBe('mine=1; theirs=2');
  });

  it('refuses what is no jar, and a jar that answers later', () => {
    class LaterStore extends Store {
      override synchronous = false;
    }
    for (const wrong of [false, 'a=1', {}, null, undefined, new MemoryCookieStore(), new CookieJar(new LaterStore())]) {
      expect(() => newCookieStore(wrong as true)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    }
  });

  it('loads tough-cookie with the first cookie', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import { newCookieStore } from './dist/http-client/cookies/cookie-store.js';
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('tough-cookie'));
      const store = newCookieStore(true);
      store.header('http://a/');
      store.store('http://a/', []);
      const before = loaded();
      store.store('http://a/', ['a=1']);
      console.log(before, loaded(), store.header('http://a/'));
    `;
    const cwd = fileURLToPath(new URL('../../..', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd });
    expect(stdout).toBe('false true a=1\n');
  });
});
