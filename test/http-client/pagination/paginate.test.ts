import { describe, expect, it } from 'vitest';
import { HttpClient, type HttpResponse } from '../../../src/http-client/index.ts';
import {
  type Page,
  type PaginateOptions,
  paginate,
  paginateAsync,
} from '../../../src/http-client/pagination/paginate.ts';
import { run } from '../../../src/pool/index.ts';
import { startServer } from '../servers.ts';

interface Fake {
  body: unknown;
  link?: string;
  status?: number;
}

/** Pages of https://api.example by path and query, and what was asked for. */
class Site {
  readonly asked: string[] = [];
  readonly #pages: Record<string, Fake>;

  constructor(pages: Record<string, Fake>) {
    this.#pages = pages;
  }

  readonly get = (url: string): Page => {
    const absolute = new URL(url, 'https://api.example').href;
    this.asked.push(absolute.replace('https://api.example', ''));
    const { body, link = null, status = 200 } = this.#pages[this.asked.at(-1) as string] as Fake;
    return {
      url: absolute,
      headers: { get: (name) => (name === 'link' ? link : null) },
      json: () => body,
      raiseForStatus: () => {
        if (status >= 400) throw new Error(`status ${status}`);
      },
    };
  };

  /** What both twins yield: they must not differ. */
  async items<T>(first: string, options?: PaginateOptions<Page, T>): Promise<T[]> {
    const items = [...paginate(this.get, first, options)];
    const asked = this.asked.splice(0);
    const again: T[] = [];
    for await (const item of paginateAsync(async (url) => this.get(url), first, options)) again.push(item);
    expect(again).toEqual(items);
    expect(this.asked).toEqual(asked);
    return items;
  }
}

const THREE = {
  '/1': { body: [1, 2], link: '</2>; rel="next"' },
  '/2': { body: [], link: '</3>; rel="next", </1>; rel="prev"' },
  '/3': { body: [3], link: '</2>; rel="prev"' },
};

describe('paginate()', () => {
  it('reads page after page, as Link says', async () => {
    const site = new Site(THREE);
    expect(await site.items('/1')).toEqual([1, 2, 3]);
    expect(site.asked).toEqual(['/1', '/2', '/3']);
  });

  it('asks for a page when its first item is wanted, and for none too many', () => {
    const site = new Site(THREE);
    const items = paginate(site.get, '/1');
    expect(site.asked).toEqual([]);
    items.next();
    items.next();
    expect(site.asked).toEqual(['/1']);
    items.next();
    expect(site.asked).toEqual(['/1', '/2', '/3']);
    items.return();
    expect(site.asked).toHaveLength(3);
  });

  it('ends after limit items or maxPages pages', async () => {
    const site = new Site(THREE);
    expect(await site.items('/1', { limit: 2 })).toEqual([1, 2]);
    expect(site.asked).toEqual(['/1']);
    expect(await new Site(THREE).items('/1', { limit: 0 })).toEqual([]);
    expect(await new Site(THREE).items('/1', { maxPages: 2 })).toEqual([1, 2]);
    expect(await new Site(THREE).items('/1', { limit: 9, maxPages: 9 })).toEqual([1, 2, 3]);
  });

  it('asks the caller for the items and the next page', async () => {
    const site = new Site({
      '/list': { body: { data: ['a'], after: '?cursor=2' } },
      '/list?cursor=2': { body: { data: ['b'], after: null } },
    });
    type Body = { data: string[]; after: string | null };
    const items = (page: Page): string[] => (page.json() as Body).data;
    expect(await site.items('/list', { items, next: (page) => (page.json() as Body).after })).toEqual(['a', 'b']);
  });

  it('throws at a page that leads to one that was read before', async () => {
    const loop = { '/1': { body: [1], link: '</2>; rel=next' }, '/2': { body: [2], link: '</1#x>; rel=next' } };
    await expect(new Site(loop).items('/1')).rejects.toMatchObject({
      code: 'GREEN_ERR_HTTP_PAGINATION',
      message: 'A page of the list leads to one that was read before.',
    });
    const self = { '/1': { body: [1], link: '</1>; rel=next' } };
    const items = paginate(new Site(self).get, '/1');
    expect(items.next().value).toBe(1);
    expect(() => items.next()).toThrow(/read before/);
  });

  it('throws at a page of another origin, unless allowed; and follows without user name and password', async () => {
    const pages = { '/1': { body: [1], link: '<https://evil.example/2>; rel=next' } };
    await expect(new Site(pages).items('/1')).rejects.toThrow(/another origin/);
    const asked: string[] = [];
    const site = new Site({ '/1': { body: [1], link: '<https://u:p@b.example/2>; rel=next' } });
    const get = (url: string): Page => {
      asked.push(url);
      return url === '/1' ? site.get(url) : { ...site.get('/1'), url, headers: { get: () => null } };
    };
    expect([...paginate(get, '/1', { crossOrigin: true })]).toEqual([1, 1]);
    expect(asked).toEqual(['/1', 'https://b.example/2']);
  });

  it('throws where a page is no array, leads nowhere, or has an error status', async () => {
    await expect(new Site({ '/1': { body: {} } }).items('/1')).rejects.toThrow(/is no JSON array; say with items/);
    const nowhere = new Site({ '/1': { body: [] } });
    await expect(nowhere.items('/1', { next: () => 'http://[' })).rejects.toThrow(/leads to what is no URL/);
    await expect(new Site({ '/1': { body: [], status: 500 } }).items('/1')).rejects.toThrow('status 500');
  });

  it.each([
    { limit: -1 },
    { limit: 1.5 },
    { maxPages: 0 },
    { next: 'x' },
    { items: [] },
    { crossOrigin: 1 },
    { page: 1 },
  ])('refuses %j at once', (options) => {
    const site = new Site(THREE);
    const refused = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => paginate(site.get, '/1', options as object)).toThrow(refused);
    expect(() => paginateAsync(async (url) => site.get(url), '/1', options as object)).toThrow(refused);
  });

  it('walks with both kinds of client', async () => {
    const { url } = await startServer((request, response) => {
      if (request.url === '/?page=1') response.setHeader('link', '</?page=2>; rel="next"');
      response.end(`["${request.url}"]`);
    });
    await using client = new HttpClient({ baseUrl: url });
    await using green = new HttpClient({ baseUrl: url, green: true });
    const all = ['/?page=1', '/?page=2'];
    expect(await run(() => [...paginate((page: string) => green.get(page), '/?page=1')])).toEqual(all);
    const items: unknown[] = [];
    const get = (page: string): Promise<HttpResponse> => client.get(page);
    for await (const item of paginateAsync(get, '/?page=1')) items.push(item);
    expect(items).toEqual(all);
  });
});
