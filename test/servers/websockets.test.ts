// WebSockets with Python's websockets: directly, over TLS, and through proxies.

import { expect } from 'vitest';

import type { HttpClient, WebSocketOf } from '../../src/http-client/index.ts';
import { failureOf, inBothModes } from '../http-client/both-modes.ts';
import { LARGE, TEXT } from './support/htdocs.ts';
import { startDante, startSquid, startTinyproxy } from './support/proxies.ts';
import { serverSuite } from './support/server-suite.ts';
import { startWebSocketServer } from './support/websockets.ts';

type Message = string | Uint8Array;

interface Talk {
  readonly received: (Message | null)[];
  readonly protocol: string;
  readonly closeCode: number | null;
  readonly closeReason: string | null;
}

serverSuite('WebSockets', ['websockets'], { server: startWebSocketServer }, (servers) => {
  inBothModes('carry texts and bytes, with TLS and without', async (ask) => {
    const { url, tlsUrl, ca } = servers.server;
    const messages = ['', 'größer', TEXT, new Uint8Array(0), LARGE];
    for (const baseUrl of [url, tlsUrl]) {
      const { received } = await ask((client) => talk(client, `${baseUrl}/echo`, messages), { tls: { ca } });
      expect(received.slice(0, 3)).toEqual(messages.slice(0, 3));
      expect((received[3] as Uint8Array).length).toBe(0);
      expect(Buffer.compare(received[4] as Uint8Array, LARGE)).toBe(0);
    }
  });

  inBothModes('begin with a handshake like other requests', async (ask) => {
    const url = `${servers.server.url}/headers`;
    const headers = { authorization: 'Bearer t0ken' };
    const { received, protocol } = await ask((client) => talk(client, url, ['x']), { headers });
    expect([received[0], protocol]).toEqual(['Bearer t0ken', 'green']);
    const failure = await failureOf(ask((client) => talk(client, `${servers.server.url}/none`, [])));
    expect(failure).toMatchObject({ code: 'GREEN_ERR_HTTP_WEBSOCKET_HANDSHAKE', status: 404 });
    const untrusted = await failureOf(ask((client) => talk(client, `${servers.server.tlsUrl}/echo`, [])));
    expect(untrusted).toMatchObject({ code: 'GREEN_ERR_HTTP_TLS' });
  });

  inBothModes('are closed by the server', async (ask) => {
    const end = await ask((client) => talk(client, `${servers.server.url}/bye`, [], 1));
    expect(end).toMatchObject({ received: [null], closeCode: 4001, closeReason: 'tschüß' });
  });
});

const starts = {
  server: startWebSocketServer,
  squid: startSquid,
  tinyproxy: startTinyproxy,
  dante: () => startDante('none'),
};

serverSuite('WebSockets through', ['websockets', 'squid', 'tinyproxy', 'dante'], starts, (servers) => {
  inBothModes('proxies', async (ask) => {
    const { server, squid, tinyproxy, dante } = servers;
    for (const proxy of [squid.url, tinyproxy.url, dante.url]) {
      for (const url of [server.tlsUrl, server.url]) {
        const { received } = await ask((client) => talk(client, `${url}/echo`, ['over', TEXT]), {
          proxy,
          tls: { ca: server.ca },
        });
        expect(received).toEqual(['over', TEXT]);
      }
    }
  });
});

/** Sends the messages, and receives as many, or `count`. */
function talk(
  client: HttpClient<boolean>,
  url: string,
  messages: readonly Message[],
  count: number = messages.length,
): Talk | Promise<Talk> {
  if (!client.green) return talkAsync(client as HttpClient<false>, url, messages, count);
  using socket = (client as HttpClient<true>).webSocket(url, { protocols: ['green'] });
  for (const message of messages) socket.send(message);
  return outcome(
    socket,
    Array.from({ length: count }, () => socket.receive()),
  );
}

async function talkAsync(
  client: HttpClient<false>,
  url: string,
  messages: readonly Message[],
  count: number,
): Promise<Talk> {
  using socket = await client.webSocket(url, { protocols: ['green'] });
  for (const message of messages) await socket.send(message);
  const received: (Message | null)[] = [];
  while (received.length < count) received.push(await socket.receive());
  return outcome(socket, received);
}

function outcome({ protocol, closeCode, closeReason }: WebSocketOf<boolean>, received: (Message | null)[]): Talk {
  return { received, protocol, closeCode, closeReason };
}
