// A certificate authority for one server's lifetime, with a certificate for it and one for its clients.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CertificateFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** The same, in PEM: what a client is given. */
export type Certificates = CertificateFiles;

const SERVER = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth\n';
const CLIENT = 'extendedKeyUsage=clientAuth\n';

/** Writes PEM files to `directory` and returns their paths. */
export function writeCertificates(directory: string): CertificateFiles {
  const path = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const issue = (name: string, subject: string, extensions: string): void => {
    writeFileSync(path(`${name}.ext`), extensions);
    openssl('req', ...newKey, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...issuer, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
  };
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-subj',
    '/CN=greenroom test',
    '-days',
    '2',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  issue('server', '/CN=localhost', SERVER);
  issue('client', '/CN=greenroom client', CLIENT);
  return {
    ca: path('ca.pem'),
    cert: path('server.pem'),
    key: path('server.key'),
    clientCert: path('client.pem'),
    clientKey: path('client.key'),
  };
}

export function readCertificates(files: CertificateFiles): Certificates {
  const read = Object.entries(files).map(([name, path]) => [name, readFileSync(path, 'utf8')]);
  return Object.fromEntries(read) as Certificates;
}
