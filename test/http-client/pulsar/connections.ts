// How connections are used. Of the connection to a proxy, where there is one.

import { expect } from 'vitest';

import { failureOf } from '../both-modes.ts';
import type { Declare, Visit } from './visits.ts';

export function connections(it: Declare): void {
  it('closes its connections when it is closed', async ({ open }) => {
    const { client, ask } = open();
    expect(client.stats().connections.connected).toBe(0);
    await ask(() => client.get(''));
    expect(client.stats().connections.connected).toBe(1);
    await client.close();
    expect(client.stats().connections.connected).toBe(0);
    expect(await failureOf(ask(() => client.get('')))).toMatchObject({ code: 'GREEN_ERR_HTTP_CLOSED' });
  });

  it('keeps one connection alive for calls, statuses of 400 and redirects', async ({ open }) => {
    const { client, ask } = open({ connections: 1 });
    for (const path of ['', 'echo', 'status/400', 'status/404', 'redirect/6', 'stream/1000/3', 'script']) {
      await ask(() => client.get(path));
    }
    await ask(() => client.head(''));
    expect(client.stats().connections.connectionsMade).toBe(1);
  });

  it('makes a new connection after the server has closed one', async ({ open }) => {
    const { client, ask } = open({ connections: 1 });
    for (let made = 1; made <= 2; made++) {
      const response = await ask(() => client.get('close'));
      expect([response.text(), client.stats().connections.connectionsMade]).toEqual(['bye', made]);
    }
  });

  it('has the connection closed by asking for it', async ({ open }) => {
    const { client, ask } = open({ connections: 1 });
    const headers = { connection: 'close' };
    for (let made = 1; made <= 2; made++) {
      const response = await ask(() => client.get('plaintext', { headers }));
      expect([response.text(), client.stats().connections.connectionsMade]).toEqual(['Hello, World!', made]);
    }
  });

  it('reads an HTTP/1.0 response, to the end of its connection', async ({ open }) => {
    const { client, ask } = open({ connections: 1 });
    for (let time = 0; time < 2; time++) {
      const response = await ask(() => client.get('http10'));
      expect([response.status, response.text()]).toEqual([200, 'ends with its connection']);
    }
  });

  for (const status of [200, 400]) {
    it(`serves many concurrent calls by few connections: ${status}`, (visit) => crowd(visit, status, 24));
  }
}

/** In contexts, if the client is green: more than its pool runs at a time. */
export function crowds(it: Declare): void {
  for (const status of [200, 400]) {
    it(`serves 200 concurrent calls by few connections: ${status}`, (visit) => crowd(visit, status, 200));
  }
}

async function crowd({ open }: Visit, status: number, calls: number): Promise<void> {
  const { client, ask } = open({ connections: 4 });
  const statuses = await Promise.all(
    Array.from({ length: calls }, async () => (await ask(() => client.get(`status/${status}`))).status),
  );
  expect(statuses).toEqual(Array(calls).fill(status));
  const { inFlight, connections: stats } = client.stats();
  expect([inFlight, stats.connectionsMade, stats.queued]).toEqual([0, 4, 0]);
}
