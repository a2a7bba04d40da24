import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

import { describe, expect, it } from 'vitest';

import { fixturePath, NODE_MAJOR } from '../support/child.ts';

const CONNECTIONS = 50;
const WARM_UP = 10_000;
const REQUESTS = 20_000;

/** Answers are small and come whole: one request at a time on each connection, without an HTTP client's own cost. */
async function load(port: number, path: string, requests: number): Promise<void> {
  let left = requests;
  const client = async (): Promise<void> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    while (left-- > 0) {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
      await once(socket, 'data');
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
}

// V8 13 promotes nearly all garbage under load, whosever it is, so newer Nodes have nothing to compare.
describe.skipIf(NODE_MAJOR !== 20)('the garbage of green requests', () => {
  it('is not promoted more than that of async ones: nothing of a request is in a cycle that outlives scavenges', async () => {
    const server = fork(fixturePath('load/garbage-server.mjs'), {
      execArgv: ['--trace-gc-nvp'],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    let trace = '';
    server.stdout?.setEncoding('utf8').on('data', (text) => {
      trace += text;
    });
    const [{ port }] = (await once(server, 'message')) as [{ port: number }];
    const note = async (text: string): Promise<void> => {
      server.send(text);
      await once(server, 'message');
    };
    const promotedBy = async (path: string): Promise<number> => {
      await load(port, path, WARM_UP);
      await note(`BEGIN ${path}`);
      await load(port, path, REQUESTS);
      await note(`END ${path}`);
      while (!trace.includes(`END ${path}`)) await once(server.stdout as NodeJS.ReadableStream, 'data');
      const part = trace.slice(trace.indexOf(`BEGIN ${path}`), trace.indexOf(`END ${path}`));
      const promoted = [...part.matchAll(/promoted=(\d+)/g)].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
      return promoted / REQUESTS;
    };
    const [async, green] = [await promotedBy('/async'), await promotedBy('/green')];
    server.kill();
    console.log(`promoted for each request: async ${async.toFixed(0)} bytes, green ${green.toFixed(0)}`);
    expect(green - async).toBeLessThan(1000);
  });
});
