// Forward proxies and tunnels: squid, tinyproxy, and dante for SOCKS5; with passwords, and left out for some hosts.

import { inspect } from 'node:util';
import { expect, onTestFinished, vi } from 'vitest';

import { failureOf, inBothModes } from '../http-client/both-modes.ts';
import { PASSWORD, USER } from './support/account.ts';
import { HELLO, LARGE } from './support/htdocs.ts';
import { startNginx } from './support/nginx.ts';
import { SOCKS_CREDENTIALS, startDante, startSquid, startTinyproxy } from './support/proxies.ts';
import { serverSuite } from './support/server-suite.ts';

const starts = {
  nginx: startNginx,
  squid: startSquid,
  tinyproxy: startTinyproxy,
  dante: () => startDante('none'),
  privateDante: () => startDante('username'),
};

serverSuite('Proxies', ['nginx', 'squid', 'tinyproxy', 'dante'], starts, (servers) => {
  inBothModes('forward http', async (ask) => {
    const target = `${servers.nginx.url}/hello.txt`;
    for (const { url, accessLog } of [servers.squid, servers.tinyproxy]) {
      const response = await ask((client) => client.get(target), { proxy: url });
      expect(response.text()).toBe(HELLO);
      expect(response.headers.get('via')).toMatch(/squid|tinyproxy/);
      expect(accessLog()).toContain(`GET ${target}`);
    }
  });

  inBothModes('tunnel https, where the certificate is the server\u2019s', async (ask) => {
    const { tlsUrl, certificates } = servers.nginx;
    for (const { url } of [servers.squid, servers.tinyproxy, servers.dante]) {
      const options = { proxy: url, tls: { ca: certificates.ca } };
      const response = await ask((client) => client.get(`${tlsUrl}/large.bin`), options);
      expect(Buffer.compare(response.bytes(), LARGE)).toBe(0);
      expect(response.headers.get('via')).toBe(null);
      const failure = await failureOf(ask((client) => client.get(`${tlsUrl}/hello.txt`), { proxy: url }));
      expect(failure).toMatchObject({ code: 'GREEN_ERR_HTTP_TLS' });
    }
    expect(servers.squid.accessLog()).toContain(`CONNECT ${new URL(tlsUrl).host}`);
  });

  inBothModes('speak SOCKS5', async (ask) => {
    const { url } = servers.nginx;
    const response = await ask((client) => client.get(`${url}/hello.txt`), { proxy: servers.dante.url });
    expect(response.text()).toBe(HELLO);
    const byName = url.replace('127.0.0.1', 'localhost'); // dante looks it up
    const remote = { proxy: servers.dante.url.replace('socks5:', 'socks5h:') };
    expect((await ask((client) => client.get(`${byName}/hello.txt`), remote)).text()).toBe(HELLO);
  });

  inBothModes('want a password', async (ask) => {
    const { url, tlsUrl, certificates } = servers.nginx;
    const proxies = [
      [servers.squid.privateUrl, USER, PASSWORD],
      [servers.privateDante.url, ...SOCKS_CREDENTIALS],
    ] as const;
    const tls = { ca: certificates.ca };
    for (const [proxyUrl, user, password] of proxies) {
      for (const target of [`${url}/hello.txt`, `${tlsUrl}/hello.txt`]) {
        const proxy = withAccount(proxyUrl, user, password);
        const response = await ask((client) => client.get(target), { proxy, tls });
        expect(response.text()).toBe(HELLO);
      }
    }
  });

  inBothModes('refuse who does not know the password, and no error shows it', async (ask) => {
    const { url, tlsUrl } = servers.nginx;
    for (const proxyUrl of [servers.squid.privateUrl, servers.privateDante.url]) {
      const proxy = withAccount(proxyUrl, SOCKS_CREDENTIALS[0], 'wrong-secret');
      const failure = await failureOf(ask((client) => client.get(`${tlsUrl}/hello.txt`), { proxy }));
      expect(failure['code']).toBe('GREEN_ERR_HTTP_PROXY');
      expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain('wrong-secret');
    }
    const squid = { proxy: servers.squid.privateUrl };
    const failure = await failureOf(ask((client) => client.get(`${tlsUrl}/hello.txt`), squid));
    expect(failure).toMatchObject({ code: 'GREEN_ERR_HTTP_PROXY', status: 407 });
    expect((await ask((client) => client.get(`${url}/hello.txt`), squid)).status).toBe(407); // a response like others
  });

  inBothModes('that are not there are no mystery', async (ask) => {
    const proxy = 'http://127.0.0.1:9'; // discard: nothing listens
    const failure = await failureOf(ask((client) => client.get(`${servers.nginx.url}/hello.txt`), { proxy }));
    expect(failure).toMatchObject({ code: 'GREEN_ERR_HTTP_PROXY', status: null });
  });

  inBothModes('come from the environment, but for some hosts', async (ask) => {
    onTestFinished(() => void vi.unstubAllEnvs());
    const target = servers.nginx.url;
    vi.stubEnv('http_proxy', servers.squid.url);
    vi.stubEnv('no_proxy', '');
    const via = async (options?: object): Promise<string | null> =>
      (await ask((client) => client.get(`${target}/hello.txt`), options)).headers.get('via');
    expect(await via()).toContain('squid');
    expect(await via({ proxy: false })).toBe(null);
    vi.stubEnv('no_proxy', 'example.com, 127.0.0.0/8');
    expect(await via()).toBe(null);
    expect(await via({ proxy: { http: servers.squid.url, no: 'localhost' } })).toContain('squid');
  });
});

function withAccount(proxy: string, user: string, password: string): string {
  return proxy.replace('://', `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
}
