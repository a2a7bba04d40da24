// Python's websockets: echoes what it is sent, with TLS and without, and compresses where the client offers to.

import { readFileSync } from 'node:fs';

import { type CertificateFiles, writeCertificates } from './certificates.ts';
import { statusOf } from './probe.ts';
import { DEBIAN_PYTHON } from './python.ts';
import { freePorts, type ServerProcess, startServerProcess } from './server-process.ts';

export interface WebSocketServer extends ServerProcess {
  /** Of either: /echo echoes, /headers sends the handshake's authorization first, /bye closes with 4001. Others are 404. */
  readonly url: string;
  readonly tlsUrl: string;
  readonly ca: string;
}

export async function startWebSocketServer(): Promise<WebSocketServer> {
  let answer!: Omit<WebSocketServer, keyof ServerProcess>;
  const server = await startServerProcess(async (directory) => {
    const [plain, tls] = (await freePorts(2)) as [number, number];
    const files = writeCertificates(directory);
    answer = {
      url: `ws://127.0.0.1:${plain}`,
      tlsUrl: `wss://localhost:${tls}`,
      ca: readFileSync(files.ca, 'utf8'),
    };
    const listening = `http://127.0.0.1:${plain}/none`;
    return {
      command: [DEBIAN_PYTHON, '-c', program(files), `${plain}`, `${tls}`],
      isReady: async () => (await statusOf(listening)) === 404,
    };
  });
  return Object.assign(server, answer);
}

// TLS first: the port that is asked whether it listens is the last one.
function program({ cert, key }: CertificateFiles): string {
  return `
import asyncio, http, ssl, sys, websockets

async def talk(socket):
    if socket.path == '/bye':
        await socket.close(4001, 'tschüß')
    if socket.path == '/headers':
        await socket.send(socket.request_headers.get('authorization', ''))
    async for message in socket:
        await socket.send(message)

async def refuse(path, headers):
    if path not in ('/echo', '/bye', '/headers'):
        return http.HTTPStatus.NOT_FOUND, [], b'no such path'

async def main():
    plain, tls = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain('${cert}', '${key}')
    options = dict(process_request=refuse, subprotocols=['green'], max_size=None)
    async with websockets.serve(talk, '127.0.0.1', tls, ssl=context, **options):
        async with websockets.serve(talk, '127.0.0.1', plain, **options):
            await asyncio.Future()

asyncio.run(main())
`;
}
