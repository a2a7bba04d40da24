import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hasNginx = spawnSync('nginx', ['-v']).status === 0;
if (!hasNginx) console.log('skipped: the cluster behind nginx, for there is no nginx (apt-get install nginx-light)');

const CLIENTS = 20;
const RESTARTS = 3;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe.skipIf(!hasNginx)('the example cluster behind nginx', () => {
  const directory = mkdtempSync(join(tmpdir(), 'greenroom-nginx-'));
  let primary: ChildProcess;
  let nginx: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const [workersPort, nginxPort] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${nginxPort}/`;
    const env = { ...process.env, PORT: `${workersPort}`, WORKERS: '2' };
    primary = spawn(process.execPath, [join(root, 'build/dev/examples/cluster.js')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(primary.stdout as NodeJS.ReadableStream, 'data');
    const conf = readFileSync(join(root, 'examples/nginx.conf'), 'utf8')
      .replace('127.0.0.1:3000', `127.0.0.1:${workersPort}`)
      .replace('127.0.0.1:8080', `127.0.0.1:${nginxPort}`);
    writeFileSync(join(directory, 'nginx.conf'), conf);
    nginx = spawn('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf')], { stdio: 'ignore' });
    while ((await fetch(url).catch(() => null))?.ok !== true) await new Promise((resolve) => setTimeout(resolve, 20));
  });
  afterAll(() => {
    primary.kill('SIGKILL');
    nginx.kill('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  });

  it('is restarted without losing a request', async () => {
    const served = new Map<number, number>();
    const lost: unknown[] = [];
    let restarting = true;
    const client = async (): Promise<void> => {
      while (restarting) {
        try {
          const response = await fetch(url);
          if (!response.ok) throw new Error(`status ${response.status}`);
          const { pid } = (await response.json()) as { pid: number };
          served.set(pid, (served.get(pid) ?? 0) + 1);
        } catch (error) {
          lost.push(error);
        }
      }
    };
    const clients = Array.from({ length: CLIENTS }, client);
    for (let i = 0; i < RESTARTS; i++) {
      const before = workerPids(primary);
      primary.kill('SIGHUP');
      while (workerPids(primary).some((pid) => before.includes(pid)))
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    restarting = false;
    await Promise.all(clients);
    expect(lost).toEqual([]);
    expect(served.size).toBeGreaterThanOrEqual(2 * RESTARTS);
  });

  it('ends with its workers when it is told to', async () => {
    primary.kill('SIGTERM');
    const [code] = (await once(primary, 'exit')) as [number];
    expect(code).toBe(0);
  });
});

function workerPids(primary: ChildProcess): number[] {
  const children = readFileSync(`/proc/${primary.pid}/task/${primary.pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}
