// That the suite has gone through the proxy at all.

import { expect } from 'vitest';

import type { Declare } from './visits.ts';

export function forwarded(it: Declare): void {
  it('asks the proxy for each URL', async ({ site, open }) => {
    await open().ask((client) => client.get('redirect/1'));
    expect(site.asked).toEqual([`GET ${site.url}/redirect/1`, `GET ${site.url}/echo`]);
  });
}

export function tunnelled(it: Declare): void {
  it('asks the proxy for a tunnel, once for each connection, and never for a URL', async ({ site, open }) => {
    const session = open({ connections: 1 });
    await session.ask((client) => client.get('redirect/1'));
    expect(site.asked).toEqual([`CONNECT ${new URL(site.url).host}`]);
  });
}
