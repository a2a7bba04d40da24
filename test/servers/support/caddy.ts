// Caddy: zstd and gzip, HTTP/2 by a TLS stack that is not OpenSSL.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type CertificateFiles, type Certificates, readCertificates, writeCertificates } from './certificates.ts';
import { writeHtdocs } from './htdocs.ts';
import { statusOf } from './probe.ts';
import { freePorts, type ServerProcess, startServerProcess } from './server-process.ts';

export interface Caddy extends ServerProcess {
  readonly url: string;
  readonly tlsUrl: string;
  readonly certificates: Certificates;
}

export async function startCaddy(): Promise<Caddy> {
  let answer!: Omit<Caddy, keyof ServerProcess>;
  const server = await startServerProcess(async (directory) => {
    const [http, tls] = (await freePorts(2)) as [number, number];
    const files = writeCertificates(directory);
    const config = join(directory, 'Caddyfile');
    writeFileSync(config, configuration(writeHtdocs(directory), http, tls, files));
    answer = {
      url: `http://127.0.0.1:${http}`,
      tlsUrl: `https://localhost:${tls}`,
      certificates: readCertificates(files),
    };
    return {
      command: ['caddy', 'run', '--config', config, '--adapter', 'caddyfile'],
      env: { HOME: directory, XDG_CONFIG_HOME: directory, XDG_DATA_HOME: directory },
      isReady: async () => (await statusOf(`${answer.url}/hello.txt`)) === 200,
    };
  });
  return Object.assign(server, answer);
}

function configuration(htdocs: string, http: number, tls: number, files: CertificateFiles): string {
  const site = `
  root * ${htdocs}
  respond /about "{http.request.proto}"
  handle_path /zstd/* {
    encode {
      zstd
      minimum_length 1
    }
    file_server
  }
  handle_path /gzip/* {
    encode {
      gzip
      minimum_length 1
    }
    file_server
  }
  file_server`;
  return `{
  admin off
  auto_https off
}
http://127.0.0.1:${http} {
  bind 127.0.0.1
  ${site}
}
https://localhost:${tls} {
  bind 127.0.0.1
  tls ${files.cert} ${files.key}
  ${site}
}
`;
}
