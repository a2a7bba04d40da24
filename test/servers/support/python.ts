// Python's http.server: HTTP/1.0, a connection for each response.

import { writeHtdocs } from './htdocs.ts';
import { statusOf } from './probe.ts';
import { freePorts, type ServerProcess, startServerProcess } from './server-process.ts';

/** Debian's: another Python that is first in PATH lacks Debian's modules. */
export const DEBIAN_PYTHON = '/usr/bin/python3';

export interface PythonServer extends ServerProcess {
  readonly url: string;
}

export async function startPythonServer(): Promise<PythonServer> {
  let url = '';
  const server = await startServerProcess(async (directory) => {
    const [port] = (await freePorts(1)) as [number];
    url = `http://127.0.0.1:${port}`;
    const htdocs = writeHtdocs(directory);
    return {
      command: [DEBIAN_PYTHON, '-m', 'http.server', `${port}`, '--bind', '127.0.0.1', '--directory', htdocs],
      isReady: async () => (await statusOf(`${url}/hello.txt`)) === 200,
    };
  });
  return Object.assign(server, { url });
}
