// Python's http.server: HTTP/1.0, where the end of the connection is the end of the response.

import { expect } from 'vitest';
import type { HttpResponse } from '../../src/http-client/index.ts';
import { inBothModes } from '../http-client/both-modes.ts';
import { collect, follow, inTurn } from './support/answers.ts';
import { HELLO, LARGE, LINES } from './support/htdocs.ts';
import { startPythonServer } from './support/python.ts';
import { serverSuite } from './support/server-suite.ts';

serverSuite('HTTP/1.0', ['python'], { python: startPythonServer }, (servers) => {
  inBothModes('takes a connection for each response', async (ask) => {
    const options = { baseUrl: servers.python.url };
    const responses = await ask<HttpResponse[]>(
      (client) =>
        inTurn(client, ...['/hello.txt', '/large.bin', '/none', '/hello.txt'].map((path) => () => client.get(path))),
      options,
    );
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 404, 200]);
    expect(Buffer.compare(responses[1]?.bytes() ?? Buffer.of(), LARGE)).toBe(0);
    expect(responses[3]?.text()).toBe(HELLO);
    // A listing of the directory, in chunks that end with the connection.
    expect((await ask((client) => client.get('/'), options)).text()).toContain('large.bin');
    expect((await ask((client) => client.head('/large.bin'), options)).status).toBe(200);
    expect((await ask((client) => client.post('/hello.txt', { json: {} }), options)).status).toBe(501);
  });

  inBothModes('is streamed', async (ask) => {
    const lines = await ask((client) =>
      follow(client.get(`${servers.python.url}/text.txt`, { stream: true }), (stream) => collect(stream.iterLines())),
    );
    expect(lines).toEqual(LINES);
  });
});
