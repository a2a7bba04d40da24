// httpbin under gunicorn: a Flask application that answers with what it was asked.

import { statusOf } from './probe.ts';
import { DEBIAN_PYTHON } from './python.ts';
import { freePorts, type ServerProcess, startServerProcess } from './server-process.ts';

export interface Httpbin extends ServerProcess {
  readonly url: string;
  /** The same server under another host name. */
  readonly localhostUrl: string;
  /** The same server on another port. */
  readonly otherPortUrl: string;
}

export async function startHttpbin(): Promise<Httpbin> {
  let answer!: Omit<Httpbin, keyof ServerProcess>;
  const server = await startServerProcess(async (directory) => {
    const [port, otherPort] = (await freePorts(2)) as [number, number];
    answer = {
      url: `http://127.0.0.1:${port}`,
      localhostUrl: `http://localhost:${port}`,
      otherPortUrl: `http://127.0.0.1:${otherPort}`,
    };
    const options = [
      ['--worker-class', 'gthread'],
      ['--threads', '16'],
      ['--bind', `127.0.0.1:${port}`],
      ['--bind', `127.0.0.1:${otherPort}`],
      ['--keep-alive', '75'], // no test is to meet a connection that is just being closed
      ['--graceful-timeout', '1'],
      ['--worker-tmp-dir', directory],
    ];
    return {
      command: [DEBIAN_PYTHON, '-m', 'gunicorn', ...options.flat(), 'httpbin:app'],
      env: { PYTHONDONTWRITEBYTECODE: '1' },
      isReady: async () =>
        (await statusOf(`${answer.url}/status/200`)) === 200 &&
        (await statusOf(`${answer.otherPortUrl}/status/200`)) === 200,
    };
  });
  return Object.assign(server, answer);
}
