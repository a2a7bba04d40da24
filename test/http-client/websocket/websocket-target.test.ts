import { describe, expect } from 'vitest';

import type { HttpClientOptions, WebSocketOptions } from '../../../src/http-client/index.ts';
import { inBothModes } from '../both-modes.ts';
import { startSocketServer } from './socket-server.ts';

describe('webSocket() of a client', () => {
  inBothModes(
    "sends its client's headers, and the user name and password of the URL, to their own host only",
    async (ask) => {
      const seen: Record<string, string>[] = [];
      const { url } = await startSocketServer((_, headers) => seen.push(headers));
      const handshake = async (target: string, client: HttpClientOptions, options?: WebSocketOptions) => {
        await ask((one) => one.webSocket(target, options), client);
        return seen.pop();
      };
      const basic = `Basic ${btoa('ann:hunter2')}`;
      const withUser = url.replace('//', '//ann:hunter2@');
      const headers = { 'x-api-key': 'k', authorization: 'Bearer t' };

      expect(await handshake('/', { baseUrl: url, headers })).toMatchObject(headers);
      expect(await handshake(withUser, {})).toMatchObject({ authorization: basic });
      expect(await handshake('/', { baseUrl: withUser })).toMatchObject({ authorization: basic });
      expect(await handshake(withUser, {}, { headers })).toMatchObject(headers);
      expect(await handshake(withUser, {}, { headers: { authorization: null } })).not.toHaveProperty('authorization');
      expect(
        await handshake(url.replace('http', 'ws'), { baseUrl: 'http://other.example', headers }),
      ).not.toHaveProperty('authorization');
    },
  );
});
