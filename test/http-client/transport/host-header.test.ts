import type { TLSSocket } from 'node:tls';
import { describe, expect } from 'vitest';

import { inBothModes } from '../both-modes.ts';
import { ca } from '../tls.ts';
import { startTlsServer } from './send.ts';

describe('a Host header over TLS', () => {
  inBothModes('does not change whose certificate is asked for, and expected', async (ask) => {
    const { url } = await startTlsServer(({ headers, socket }, response) => {
      response.end(`${headers.host} ${(socket as TLSSocket & { servername: string }).servername}`);
    });
    const response = await ask((client) => client.get(url, { headers: { host: 'other.example' } }), { tls: { ca } });
    expect(response.text()).toBe('other.example localhost');
  });
});
