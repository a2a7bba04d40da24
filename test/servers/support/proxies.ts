// Forward proxies: squid (with and without a password), tinyproxy and dante (SOCKS5, with and without a password).
// They proxy to 127.0.0.1, where the other servers of a suite are.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { cryptedPassword, IS_ROOT, PASSWORD, USER } from './account.ts';
import { isListening } from './probe.ts';
import { freePorts, type ServerProcess, startServerProcess } from './server-process.ts';

const NCSA_HELPER = '/usr/lib/squid/basic_ncsa_auth';

export interface Proxy extends ServerProcess {
  /** Lets everybody through. */
  readonly url: string;
  /** What was asked of the proxy, one request a line. */
  accessLog(): string;
}

export interface ProxyWithPassword extends Proxy {
  /** Wants USER's password, which is not in this URL. */
  readonly privateUrl: string;
}

export async function startSquid(): Promise<ProxyWithPassword> {
  let urls!: { url: string; privateUrl: string };
  const server = await startServerProcess(async (directory) => {
    const [open, closed] = (await freePorts(2)) as [number, number];
    urls = { url: `http://127.0.0.1:${open}`, privateUrl: `http://127.0.0.1:${closed}` };
    mkdirSync(join(directory, 'log'));
    chmodSync(join(directory, 'log'), 0o777); // squid writes it as the user `proxy`
    writeFileSync(join(directory, 'passwords'), `${USER}:${cryptedPassword('-apr1')}\n`);
    const config = join(directory, 'squid.conf');
    writeFileSync(config, squidConfiguration(directory, open, closed));
    return {
      command: ['squid', '-N', '-f', config],
      isReady: async () => (await isListening(open)) && (await isListening(closed)),
    };
  });
  const accessLog = join(server.directory, 'log/access.log');
  return Object.assign(server, urls, {
    accessLog: () => (existsSync(accessLog) ? readFileSync(accessLog, 'utf8') : ''),
  });
}

function squidConfiguration(directory: string, open: number, closed: number): string {
  return `
http_port 127.0.0.1:${open} name=open
http_port 127.0.0.1:${closed} name=closed
auth_param basic program ${NCSA_HELPER} ${directory}/passwords
auth_param basic children 1 startup=1
auth_param basic realm green
auth_param basic utf8 off
acl is_open myportname open
acl has_password proxy_auth REQUIRED
http_access allow is_open
http_access allow has_password
http_access deny all
cache deny all
buffered_logs off
logformat request %rm %ru %un
access_log stdio:${directory}/log/access.log request
cache_log ${directory}/log/cache.log
cache_store_log none
netdb_filename none
pid_filename none
coredump_dir ${directory}
pinger_enable off
visible_hostname localhost
shutdown_lifetime 0 seconds
`;
}

export async function startTinyproxy(): Promise<Proxy> {
  let url = '';
  const server = await startServerProcess(async (directory) => {
    const [port] = (await freePorts(1)) as [number];
    url = `http://127.0.0.1:${port}`;
    const config = join(directory, 'tinyproxy.conf');
    const user = IS_ROOT ? 'User nobody\nGroup nogroup\n' : '';
    const settings = `${user}Port ${port}\nListen 127.0.0.1\nAllow 127.0.0.1\nMaxClients 50\nTimeout 60\nLogLevel Connect\n`;
    writeFileSync(config, settings);
    return { command: ['tinyproxy', '-d', '-c', config], isReady: () => isListening(port) };
  });
  return Object.assign(server, { url, accessLog: () => server.log() });
}

const SOCKS_USER = 'greenroom'; // a system account's name
export const SOCKS_CREDENTIALS: readonly [string, string] = [SOCKS_USER, PASSWORD];

/** One server without a password, or one that wants SOCKS_CREDENTIALS. */
export async function startDante(method: 'none' | 'username'): Promise<Proxy> {
  let url = '';
  const server = await startServerProcess(async (directory) => {
    const [port] = (await freePorts(1)) as [number];
    url = `socks5://127.0.0.1:${port}`;
    const config = join(directory, 'danted.conf');
    writeFileSync(config, danteConfiguration(method, port));
    return {
      command: ['danted', '-f', config, '-p', join(directory, 'danted.pid')],
      env: method === 'username' ? systemAccount(directory) : {},
      isReady: () => isListening(port),
    };
  });
  return Object.assign(server, { url, accessLog: () => server.log() });
}

// dante's passwords are those of the system's accounts: it is shown another list of them.
function systemAccount(directory: string): Record<string, string> {
  const path = (name: string): string => join(directory, name);
  const accounts = `root:x:0:0::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n${SOCKS_USER}:x:1234:1234::/:/bin/false\n`;
  writeFileSync(path('passwd'), accounts);
  writeFileSync(path('group'), `root:x:0:\nnogroup:x:65534:\n${SOCKS_USER}:x:1234:\n`);
  writeFileSync(path('shadow'), `${SOCKS_USER}:${cryptedPassword('-6')}:19000:0:99999:7:::\n`, { mode: 0o600 });
  return {
    LD_PRELOAD: 'libnss_wrapper.so',
    NSS_WRAPPER_PASSWD: path('passwd'),
    NSS_WRAPPER_GROUP: path('group'),
    NSS_WRAPPER_SHADOW: path('shadow'),
  };
}

function danteConfiguration(method: string, port: number): string {
  const users = IS_ROOT ? 'user.privileged: root\nuser.unprivileged: nobody\n' : '';
  return `
logoutput: stderr
internal: 127.0.0.1 port = ${port}
external: 127.0.0.1
clientmethod: none
socksmethod: ${method}
${users}
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 log: connect }
`;
}
