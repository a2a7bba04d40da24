// npm run test:servers [-- --install] [vitest's flags and filters]
//
// Runs the suites of test/servers: the HTTP client against real servers, which are Debian's packages. `--install` gets
// those that are missing. Without it the suites of a missing server are skipped, with the reason printed; they fail
// instead if CI or GREENROOM_SERVERS=required is set.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

// What each server needs is a command, a file, a module of Debian's own Python, or a shared library; `services` are
// what its packages would have systemd start. apache2-bin and tinyproxy-bin are those servers without their services.
const SERVERS = {
  tools: { packages: ['curl', 'openssl'], needs: ['curl', 'openssl'], services: [] }, // of every suite
  nginx: { packages: ['nginx-light'], needs: ['nginx'], services: ['nginx'] },
  apache: { packages: ['apache2-bin'], needs: ['apache2'], services: [] },
  squid: { packages: ['squid'], needs: ['squid', '/usr/lib/squid/basic_ncsa_auth'], services: ['squid'] },
  tinyproxy: { packages: ['tinyproxy-bin'], needs: ['tinyproxy'], services: [] },
  dante: {
    packages: ['dante-server', 'libnss-wrapper'],
    needs: ['danted', 'library:libnss_wrapper.so'],
    services: ['danted'],
  },
  caddy: { packages: ['caddy'], needs: ['caddy'], services: ['caddy', 'caddy-api'] },
  nghttpd: { packages: ['nghttp2-server'], needs: ['nghttpd'], services: [] },
  httpbin: {
    packages: ['python3-httpbin', 'python3-gunicorn'],
    needs: ['python:httpbin', 'python:gunicorn'],
    services: [],
  },
  websockets: { packages: ['python3-websockets'], needs: ['python:websockets'], services: [] },
  python: { packages: ['python3'], needs: ['python:http.server'], services: [] },
};

const DEBIAN_PYTHON = '/usr/bin/python3'; // another one that is first in PATH lacks Debian's modules
const SYSTEM_PATH = `${process.env['PATH']}${delimiter}/usr/sbin${delimiter}/sbin`; // daemons are not in a user's PATH

const POLICY_FILE = '/usr/sbin/policy-rc.d';
const NO_SERVICE_STARTS = '#!/bin/sh\nexit 101\n'; // "action forbidden by policy", which is no error to a package

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const flags = process.argv.slice(2);
const install = flags.includes('--install');
const vitestFlags = flags.filter((flag) => flag !== '--install');

let missing = missingServers();
if (install && missing.length > 0) {
  await installPackages(missing);
  missing = missingServers();
}
process.exitCode = await runVitest();

function missingServers() {
  return Object.keys(SERVERS).filter((server) => !SERVERS[server].needs.every(isThere));
}

function isThere(need) {
  if (isAbsolute(need)) return existsSync(need);
  const [kind, name] = need.split(':');
  if (kind === 'python') return spawnSync(DEBIAN_PYTHON, ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0;
  if (kind === 'library') return spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).stdout?.includes(name);
  return SYSTEM_PATH.split(delimiter).some((directory) => existsSync(join(directory, need)));
}

/** Leaves no service running, none enabled, and no file but the packages'. */
async function installPackages(servers) {
  const packages = servers.flatMap((server) => SERVERS[server].packages);
  const policed = existsSync(POLICY_FILE); // the machine's own: it stays
  try {
    if (!policed) writeFileSync(POLICY_FILE, NO_SERVICE_STARTS, { mode: 0o755 });
    await apt('update');
    await apt('install', '-y', '--no-install-recommends', ...packages);
  } finally {
    if (!policed) rmSync(POLICY_FILE, { force: true });
  }
  const services = servers.flatMap((server) => SERVERS[server].services);
  if (existsSync('/run/systemd/system') && services.length > 0) {
    spawnSync('systemctl', ['disable', '--now', ...services], { stdio: 'inherit' });
  }
}

async function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const code = await run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], env);
  if (code !== 0) throw new Error(`apt-get ${args[0]} ended with ${code}`);
}

function runVitest() {
  const packages = missing.map((server) => [server, SERVERS[server].packages.join(' ')]);
  const env = {
    ...process.env,
    PATH: SYSTEM_PATH,
    GREENROOM_MISSING_SERVERS: JSON.stringify(Object.fromEntries(packages)),
  };
  for (const name in env) if (/_proxy$/i.test(name)) delete env[name]; // the servers are on this machine
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const config = join(root, 'test/servers/vitest.config.ts');
  return run(process.execPath, [vitest, 'run', '--root', root, '--config', config, ...vitestFlags], env);
}

/** Resolves to the exit code. What would end this process ends the child first. */
function run(command, args, env) {
  const child = spawn(command, args, { env, stdio: 'inherit' });
  const forward = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const each of SIGNALS) process.off(each, forward);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
