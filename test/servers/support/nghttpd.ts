// nghttpd: HTTP/2 over TLS and nothing else. Whoever gets an answer from it has spoken HTTP/2.

import { once } from 'node:events';
import { connect } from 'node:http2';

import { type Certificates, readCertificates, writeCertificates } from './certificates.ts';
import { writeHtdocs } from './htdocs.ts';
import { freePorts, type ServerProcess, startServerProcess } from './server-process.ts';

export interface Nghttpd extends ServerProcess {
  readonly url: string;
  readonly certificates: Certificates;
}

/** It answers an upload with its body. */
export async function startNghttpd(): Promise<Nghttpd> {
  let answer!: Omit<Nghttpd, keyof ServerProcess>;
  const server = await startServerProcess(async (directory) => {
    const [port] = (await freePorts(1)) as [number];
    const files = writeCertificates(directory);
    answer = { url: `https://localhost:${port}`, certificates: readCertificates(files) };
    const options = ['--address=127.0.0.1', `--htdocs=${writeHtdocs(directory)}`, '--echo-upload'];
    return {
      command: ['nghttpd', ...options, `${port}`, files.key, files.cert],
      isReady: async () => (await http2StatusOf(`${answer.url}/hello.txt`, answer.certificates.ca)) === 200,
    };
  });
  return Object.assign(server, answer);
}

async function http2StatusOf(url: string, ca: string): Promise<number> {
  const { origin, pathname } = new URL(url);
  const session = connect(origin, { ca });
  try {
    await once(session, 'connect');
    const [headers] = await once(session.request({ ':path': pathname }), 'response');
    return headers[':status'];
  } finally {
    session.destroy();
  }
}
