// nginx, with a location for everything that the suites ask of it.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { cryptedPassword, IS_ROOT, USER } from './account.ts';
import { type CertificateFiles, type Certificates, readCertificates, writeCertificates } from './certificates.ts';
import { writeHtdocs } from './htdocs.ts';
import { statusOf } from './probe.ts';
import { freePorts, type ServerProcess, startServerProcess } from './server-process.ts';

export interface Nginx extends ServerProcess {
  readonly url: string;
  /** HTTP/1.1 and HTTP/2. */
  readonly tlsUrl: string;
  /** The same, for clients with a certificate only. */
  readonly mutualTlsUrl: string;
  readonly socketPath: string;
  readonly certificates: Certificates;
  /** A line for each request that has ended: method, URL, status, bytes of body sent, and OK if they were all. */
  accessLog(): string;
}

export async function startNginx(): Promise<Nginx> {
  let answer!: Omit<Nginx, keyof ServerProcess | 'accessLog'>;
  const server = await startServerProcess(async (directory) => {
    const [http, tls, mutualTls] = (await freePorts(3)) as [number, number, number];
    const files = writeCertificates(directory);
    const htdocs = writeHtdocs(directory);
    for (const name of ['uploads', 'temp']) mkdirSync(join(directory, name));
    writeFileSync(join(directory, 'passwords'), `${USER}:${cryptedPassword('-apr1')}\n`);
    writeFileSync(join(directory, 'nginx.conf'), configuration({ directory, htdocs, http, tls, mutualTls, files }));
    answer = {
      url: `http://127.0.0.1:${http}`,
      tlsUrl: `https://localhost:${tls}`,
      mutualTlsUrl: `https://localhost:${mutualTls}`,
      socketPath: join(directory, 'nginx.sock'),
      certificates: readCertificates(files),
    };
    return {
      command: ['nginx', '-p', directory, '-e', 'stderr', '-c', join(directory, 'nginx.conf')],
      isReady: async () => (await statusOf(`${answer.url}/hello.txt`)) === 200,
    };
  });
  return Object.assign(server, answer, {
    accessLog: () => readFileSync(join(server.directory, 'access.log'), 'utf8'),
  });
}

interface Settings {
  readonly directory: string;
  readonly htdocs: string;
  readonly http: number;
  readonly tls: number;
  readonly mutualTls: number;
  readonly files: CertificateFiles;
}

function configuration({ directory, htdocs, http, tls, mutualTls, files }: Settings): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path temp/${name};`,
  );
  const certificate = `ssl_certificate ${files.cert}; ssl_certificate_key ${files.key};`;
  return `
${IS_ROOT ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid nginx.pid;
events {}
http {
  log_format ended '$request_method $request_uri $status $body_bytes_sent $request_completion';
  access_log access.log ended;
  ${temporary.join('\n  ')}
  types { text/plain txt; }
  default_type application/octet-stream;
  root ${htdocs};
  keepalive_timeout 75s;
  map $connection_requests $is_first { default 0; 1 1; }
  server {
    listen 127.0.0.1:${http};
    listen unix:${directory}/nginx.sock;
    ${locations(directory)}
  }
  server {
    listen 127.0.0.1:${tls} ssl http2;
    ${certificate}
    ${locations(directory)}
  }
  server {
    listen 127.0.0.1:${mutualTls} ssl http2;
    ${certificate}
    ssl_client_certificate ${files.ca};
    ssl_verify_client on;
    ${locations(directory)}
  }
}
`;
}

// return answers before a request's body is read; nginx then throws the body away.
function locations(directory: string): string {
  return `
    location = /gzip/text.txt { alias htdocs/text.txt; gzip on; gzip_min_length 1; gzip_types text/plain; }
    location /private/ { alias htdocs/; auth_basic "green"; auth_basic_user_file ${directory}/passwords; }
    location /slow/ { alias htdocs/; limit_rate 64k; }
    location /fresh/ { alias htdocs/; expires 1h; add_header X-Id $request_id; }
    location /fresh-uploads/ { alias uploads/; dav_methods PUT; expires 1h; }
    location /checked/ { alias htdocs/; add_header Cache-Control max-age=0; add_header X-Id $request_id; }
    location = /about { return 200 "$server_protocol $request_method $http_host $ssl_client_s_dn"; }
    location = /headers { return 200 "authorization=$http_authorization cookie=$http_cookie x=$http_x_test"; }
    location = /connection { return 200 "$connection $connection_requests"; }
    location = /redirect { return 302 /hello.txt; }
    location = /redirect/relative { return 302 ../hello.txt; }
    location = /redirect/utf8 { return 302 "/caf\u00e9"; }
    location = /caf\u00e9 { return 200 "caf\u00e9"; }
    location = /loop { return 302 /loop; }
    location ~ ^/moved/(?<name>.*)$ { return 307 /uploads/$name; }
    location /see-other/ { return 303 /about; }
    location = /teapot { return 418 "short and stout"; }
    location = /broken { return 500 "broken"; }
    # 429 to the first request of a connection: one that comes after it, as it was told, is served.
    location = /busy {
      if ($is_first) { return 429; }
      error_page 429 @busy;
      return 200 "request $connection_requests";
    }
    location @busy { add_header Retry-After 1 always; return 429 "busy"; }
    location = /always-busy { add_header Retry-After 3600 always; return 429 "busy"; }
    location = /unavailable { return 503 "unavailable"; }
    location /uploads/ { alias uploads/; dav_methods PUT DELETE; client_max_body_size 16m; }
    location /small-uploads/ { alias uploads/; dav_methods PUT; client_max_body_size 1k; }
    location = /small { client_max_body_size 1k; return 200 "small enough"; }
    location = /many-headers { ${manyHeaders()} return 200 "many"; }
    location = /cookies { add_header Set-Cookie "a=1; Path=/"; add_header Set-Cookie "b=2; Path=/headers"; return 302 /headers; }
`;
}

function manyHeaders(): string {
  return Array.from({ length: 100 }, (_, index) => `add_header X-${index} "${'x'.repeat(100)}";`).join(' ');
}
