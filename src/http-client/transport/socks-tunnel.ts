// A tunnel through a SOCKS5 proxy (RFC 1928, RFC 1929), by undici's state machine. Its Socks5ProxyAgent is not used: it
// warns that it is experimental, and has limits of its own in time.

import { lookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';

import { newSocks5Session } from '../undici.ts';
import { ProxyFailure } from './proxy-failure.ts';
import type { ProxyServer } from './proxy-server.ts';

/**
 * Turns a connection to a proxy into one to the server behind it.
 *
 * @returns rejects with a {@link ProxyFailure}; the socket is then destroyed.
 */
export async function openSocksTunnel(socket: Socket, host: string, port: number, proxy: ProxyServer): Promise<Socket> {
  const { username, password } = proxy.credentials;
  const session = newSocks5Session(socket, username, password);
  try {
    await told(session, 'authenticated', () => session.handshake());
    await told(session, 'connected', () => session.connect(host, port));
    return socket;
  } catch (error) {
    socket.destroy();
    throw ProxyFailure.of(error);
  } finally {
    socket.off('data', session.onSocketData).off('error', session.onSocketError).off('close', session.onSocketClose);
  }
}

/** What the proxy is told: socks5h: has it look the name up, socks5: has us do so, as curl and requests have it. */
export async function socksHost(hostname: string, proxy: ProxyServer, family: 0 | 4 | 6): Promise<string> {
  if (proxy.protocol === 'socks5h:' || isIP(hostname) !== 0) return hostname;
  return (await lookup(hostname, { family })).address;
}

function told(session: ReturnType<typeof newSocks5Session>, event: string, act: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    session.once(event, () => resolve());
    session.once('error', reject);
    session.once('close', () => reject(new Error('The SOCKS proxy closed the connection.')));
    act();
  });
}
