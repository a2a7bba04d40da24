// Apache httpd: digest authentication as it has been deployed for twenty years, and brotli.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { IS_ROOT, PASSWORD, USER } from './account.ts';
import { writeHtdocs } from './htdocs.ts';
import { statusOf } from './probe.ts';
import { freePorts, type ServerProcess, startServerProcess } from './server-process.ts';

const MODULES_DIRECTORY = '/usr/lib/apache2/modules';
const MODULES = 'mpm_event authn_core authn_file authz_core authz_user auth_digest alias brotli deflate filter headers';
const REALM = 'green';

export interface Apache extends ServerProcess {
  readonly url: string;
}

export async function startApache(): Promise<Apache> {
  let url = '';
  const server = await startServerProcess(async (directory) => {
    const [port] = (await freePorts(1)) as [number];
    url = `http://127.0.0.1:${port}`;
    const htdocs = writeHtdocs(directory);
    const secret = createHash('md5').update(`${USER}:${REALM}:${PASSWORD}`).digest('hex');
    writeFileSync(join(directory, 'digests'), `${USER}:${REALM}:${secret}\n`);
    writeFileSync(join(directory, 'apache.conf'), configuration(directory, htdocs, port));
    return {
      command: ['apache2', '-d', directory, '-f', join(directory, 'apache.conf'), '-DFOREGROUND'],
      isReady: async () => (await statusOf(`${url}/hello.txt`)) === 200,
    };
  });
  return Object.assign(server, { url });
}

function configuration(directory: string, htdocs: string, port: number): string {
  const modules = MODULES.split(' ').map((name) => `LoadModule ${name}_module ${MODULES_DIRECTORY}/mod_${name}.so`);
  const digest = `AuthType Digest
  AuthName "${REALM}"
  AuthUserFile ${directory}/digests
  Require valid-user`;
  return `
${modules.join('\n')}
${IS_ROOT ? 'User www-data\nGroup www-data' : ''}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${directory}/apache.pid
DefaultRuntimeDir ${directory}
ErrorLog "|$cat >&2"
DocumentRoot ${htdocs}
StartServers 1
Alias /digest ${htdocs}
Alias /brotli ${htdocs}
Alias /deflate ${htdocs}
Redirect 302 /to-digest /digest/hello.txt
<Location /digest>
  ${digest}
  AuthDigestDomain /digest
</Location>
<Location /brotli>
  SetOutputFilter BROTLI_COMPRESS
</Location>
<Location /deflate>
  SetOutputFilter DEFLATE
</Location>
`;
}
