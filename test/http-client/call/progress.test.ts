import { describe, expect } from 'vitest';

import type { HttpProgress } from '../../../src/http-client/index.ts';
import { startServer } from '../servers.ts';
import { inEachMode } from './modes.ts';

describe('onDownloadProgress', () => {
  inEachMode('is told of the bytes on the wire, up to all of them', async ({ newClient, call }) => {
    const { url } = await startServer((request, response) => {
      if (request.url === '/known') response.setHeader('content-length', 300_000);
      for (let i = 0; i < 3; i++) response.write(Buffer.alloc(100_000));
      response.end();
    });
    for (const [path, total] of [
      ['/known', 300_000],
      ['/unknown', null],
    ] as const) {
      const told: HttpProgress[] = [];
      await call(() => newClient().get(url + path, { onDownloadProgress: (progress) => void told.push(progress) }));
      expect(told.at(-1)).toEqual({ transferred: 300_000, total });
      const counts = told.map(({ transferred }) => transferred);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect(told.every((progress) => progress.total === total)).toBe(true);
    }
  });
});
