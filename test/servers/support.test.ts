// The servers themselves, asked by curl: that they start, do what the suites need of them, and leave nothing behind.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

import { PASSWORD, USER } from './support/account.ts';
import { startApache } from './support/apache.ts';
import { startCaddy } from './support/caddy.ts';
import { HELLO, LARGE, TEXT } from './support/htdocs.ts';
import { startHttpbin } from './support/httpbin.ts';
import { startNghttpd } from './support/nghttpd.ts';
import { startNginx } from './support/nginx.ts';
import { isListening } from './support/probe.ts';
import { SOCKS_CREDENTIALS, startDante, startSquid, startTinyproxy } from './support/proxies.ts';
import { startPythonServer } from './support/python.ts';
import { freePorts, startServerProcess } from './support/server-process.ts';
import { serverSuite } from './support/server-suite.ts';

const STATUS_LINE = /^HTTP\/([\d.]+) (\d{3})/;
const ACCOUNT = ['--user', `${USER}:${PASSWORD}`];

interface Answer {
  readonly status: number;
  readonly version: string;
  readonly headers: string;
  readonly body: Buffer;
}

async function curl(...args: string[]): Promise<Answer> {
  const all = ['--silent', '--show-error', '--noproxy', '', '--include', '--max-time', '20', ...args];
  const env = { PATH: process.env['PATH'] }; // without the proxies of the environment
  const { stdout } = await promisify(execFile)('curl', all, { encoding: 'buffer', maxBuffer: 2 ** 26, env });
  let rest = stdout;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    const headers = rest.subarray(0, end).toString('latin1');
    rest = rest.subarray(end + 4);
    // A proxy's answer to CONNECT, and the challenges before a login, come first.
    if (STATUS_LINE.test(rest.subarray(0, 20).toString('latin1'))) continue;
    const [, version, status] = STATUS_LINE.exec(headers) as unknown as [string, string, string];
    return { version, status: Number(status), headers: headers.toLowerCase(), body: rest };
  }
}

serverSuite('nginx', ['nginx'], { nginx: startNginx }, (servers) => {
  it('serves HTTP, a unix socket, and TLS with HTTP/2', async () => {
    const { url, socketPath, tlsUrl, certificates, directory } = servers.nginx;
    expect((await curl(`${url}/large.bin`)).body.equals(LARGE)).toBe(true);
    expect((await curl('--unix-socket', socketPath, 'http://any/hello.txt')).body.toString()).toBe(HELLO);
    const ca = join(directory, 'ca.pem');
    expect(certificates.ca).toContain('BEGIN CERTIFICATE');
    const answer = await curl('--cacert', ca, '--http2', `${tlsUrl}/about`);
    expect(answer.version).toBe('2');
    expect(answer.body.toString()).toMatch(/^HTTP\/2.0 GET localhost:\d+ $/);
  });
  it('wants a certificate', async () => {
    const { mutualTlsUrl, directory } = servers.nginx;
    const path = (name: string): string => join(directory, name);
    const trust = ['--cacert', path('ca.pem')];
    expect((await curl(...trust, `${mutualTlsUrl}/about`)).status).toBe(400);
    const login = ['--cert', path('client.pem'), '--key', path('client.key')];
    expect((await curl(...trust, ...login, `${mutualTlsUrl}/about`)).body.toString()).toContain('CN=greenroom client');
  });
  it('compresses, wants a password, redirects, is busy, takes uploads', async () => {
    const { url } = servers.nginx;
    const packed = await curl('--header', 'accept-encoding: gzip', `${url}/gzip/text.txt`);
    expect(gunzipSync(packed.body).toString()).toBe(TEXT);
    expect((await curl(`${url}/private/hello.txt`)).status).toBe(401);
    expect((await curl(...ACCOUNT, `${url}/private/hello.txt`)).body.toString()).toBe(HELLO);
    expect((await curl('--location', `${url}/redirect`)).body.toString()).toBe(HELLO);
    expect((await curl('--location', `${url}/redirect/relative`)).body.toString()).toBe(HELLO);
    expect((await curl(`${url}/redirect/utf8`)).headers).toContain(
      Buffer.from('/caf\u00e9').toString('latin1').toLowerCase(),
    );
    expect((await curl(`${url}/caf%C3%A9`)).body.toString()).toBe('caf\u00e9');
    expect((await curl(`${url}/loop`)).status).toBe(302);
    const busy = await curl(`${url}/busy`);
    expect(busy.status).toBe(429);
    expect(busy.headers).toContain('retry-after: 1');
    const twice = await curl(`${url}/connection`, `${url}/busy`);
    expect(twice.body.toString()).toContain('\r\n\r\nrequest 2');
    const put = ['--request', 'PUT', '--data', 'moved', '--location'];
    expect((await curl(...put, `${url}/moved/b`)).status).toBe(201);
    expect((await curl(`${url}/uploads/b`)).body.toString()).toBe('moved');
    expect((await curl('--data', 'x'.repeat(2000), `${url}/small`)).status).toBe(413);
    expect((await curl('--location', `${url}/cookies`)).body.toString()).toBe('authorization= cookie= x=');
  });
});

serverSuite('Apache', ['apache'], { apache: startApache }, (servers) => {
  it('wants a digest', async () => {
    const { url } = servers.apache;
    const challenge = await curl(`${url}/digest/hello.txt`);
    expect(challenge.status).toBe(401);
    expect(challenge.headers).toMatch(/www-authenticate: digest realm="green".*qop="auth"/);
    expect((await curl('--digest', ...ACCOUNT, `${url}/digest/hello.txt`)).body.toString()).toBe(HELLO);
    expect((await curl('--digest', '--user', `${USER}:wrong`, `${url}/digest/hello.txt`)).status).toBe(401);
  });
  it('compresses', async () => {
    const { url } = servers.apache;
    const packed = await curl('--header', 'accept-encoding: br', `${url}/brotli/text.txt`);
    expect(packed.headers).toContain('content-encoding: br');
    expect(brotliDecompressSync(packed.body).toString()).toBe(TEXT);
  });
});

serverSuite('Caddy', ['caddy'], { caddy: startCaddy }, (servers) => {
  it('compresses with zstd', async () => {
    const packed = await curl('--header', 'accept-encoding: zstd', `${servers.caddy.url}/zstd/text.txt`);
    expect(packed.headers).toContain('content-encoding: zstd');
    expect(packed.body.readUInt32LE(0)).toBe(0xfd2fb528); // RFC 8878's magic number
  });
  it('serves HTTP/2', async () => {
    const { tlsUrl, directory } = servers.caddy;
    const answer = await curl('--cacert', join(directory, 'ca.pem'), `${tlsUrl}/about`);
    expect(answer.body.toString()).toBe('HTTP/2.0');
  });
});

serverSuite('nghttpd', ['nghttpd'], { nghttpd: startNghttpd }, (servers) => {
  it('serves HTTP/2 only', async () => {
    const { url, directory } = servers.nghttpd;
    const trust = ['--cacert', join(directory, 'ca.pem')];
    expect((await curl(...trust, `${url}/hello.txt`)).body.toString()).toBe(HELLO);
    expect((await curl(...trust, '--data', 'echo', `${url}/`)).body.toString()).toBe('echo');
    await expect(curl(...trust, '--http1.1', `${url}/hello.txt`)).rejects.toThrow();
  });
});

serverSuite('httpbin', ['httpbin'], { httpbin: startHttpbin }, (servers) => {
  it('answers under two names and on two ports', async () => {
    const { url, localhostUrl, otherPortUrl } = servers.httpbin;
    for (const origin of [url, localhostUrl, otherPortUrl]) {
      expect(JSON.parse((await curl(`${origin}/get?a=1`)).body.toString()).args).toEqual({ a: '1' });
    }
    const login = await curl('--digest', '--user', 'user:secret', `${url}/digest-auth/auth/user/secret/SHA-256`);
    expect(login.status).toBe(200);
  });
});

serverSuite('Python', ['python'], { python: startPythonServer }, (servers) => {
  it('speaks HTTP/1.0', async () => {
    const answer = await curl(`${servers.python.url}/hello.txt`);
    expect(answer.version).toBe('1.0');
    expect(answer.body.toString()).toBe(HELLO);
  });
});

serverSuite(
  'Proxies',
  ['squid', 'tinyproxy', 'dante', 'nginx'],
  {
    squid: startSquid,
    tinyproxy: startTinyproxy,
    dante: () => startDante('none'),
    privateDante: () => startDante('username'),
    nginx: startNginx,
  },
  (servers) => {
    it('forwards', async () => {
      const target = `${servers.nginx.url}/hello.txt`;
      for (const { url } of [servers.squid, servers.tinyproxy]) {
        const answer = await curl('--proxy', url, target);
        expect(answer.body.toString()).toBe(HELLO);
        expect(answer.headers).toMatch(/\r\nvia: .*(squid|tinyproxy)/);
      }
      expect(servers.squid.accessLog()).toContain(`GET ${target} -\n`);
      expect(servers.tinyproxy.accessLog()).toContain(`GET ${target} HTTP`);
    });
    it('tunnels', async () => {
      const { tlsUrl, directory } = servers.nginx;
      for (const { url } of [servers.squid, servers.tinyproxy, servers.dante]) {
        const answer = await curl('--cacert', join(directory, 'ca.pem'), '--proxy', url, `${tlsUrl}/hello.txt`);
        expect(answer.body.toString()).toBe(HELLO);
      }
      expect(servers.squid.accessLog()).toContain(`CONNECT ${new URL(tlsUrl).host} -\n`);
      expect(servers.dante.accessLog()).toContain('tcp/connect');
    });
    it('wants a password', async () => {
      const target = `${servers.nginx.url}/hello.txt`;
      const proxy = ['--proxy', servers.squid.privateUrl];
      expect((await curl(...proxy, target)).status).toBe(407);
      expect((await curl(...proxy, '--proxy-user', `${USER}:${PASSWORD}`, target)).body.toString()).toBe(HELLO);
      const { url } = servers.privateDante;
      await expect(curl('--proxy', url, target)).rejects.toThrow();
      await expect(curl('--proxy', url, '--proxy-user', `${SOCKS_CREDENTIALS[0]}:wrong`, target)).rejects.toThrow();
      const login = await curl('--proxy', url, '--proxy-user', SOCKS_CREDENTIALS.join(':'), target);
      expect(login.body.toString()).toBe(HELLO);
    });
  },
);

serverSuite('A server process', ['python'], {}, () => {
  const python = ['/usr/bin/python3', '-m', 'http.server', '--bind', '127.0.0.1'] as const;

  it('is gone with its directory when it is stopped', async () => {
    const [port] = (await freePorts(1)) as [number];
    const server = await startServerProcess(async () => ({
      command: [...python, `${port}`],
      isReady: () => isListening(port),
    }));
    await server.stop();
    await expect(isListening(port)).rejects.toThrow('ECONNREFUSED');
    expect(existsSync(server.directory)).toBe(false);
  });

  it('is gone with its directory when the test process is killed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'greenroom-server-'));
    writeFileSync(join(directory, 'file'), '');
    const [port] = (await freePorts(1)) as [number];
    const guard = fileURLToPath(new URL('support/guard.mjs', import.meta.url));
    const command = JSON.stringify([...python, `${port}`]);
    const script = `
      const options = { detached: true, stdio: ['pipe', 'ignore', 'ignore'] };
      const guard = require('node:child_process').spawn(process.execPath, ${JSON.stringify([guard, directory])}, options);
      guard.stdin.write(${JSON.stringify(`${command}\n`)});`;
    const tests = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    await until(() => isListening(port));
    tests.kill('SIGKILL');
    await once(tests, 'exit');
    await until(async () => !(await isListening(port).catch(() => false)));
    await until(async () => !existsSync(directory));
  });

  it('says why it did not start', async () => {
    const start = startServerProcess(async () => ({
      command: [python[0], '-c', 'import sys; sys.exit("no disk")'],
      isReady: async () => false,
    }));
    await expect(start).rejects.toThrow(/has ended:\nno disk/);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20));
}
