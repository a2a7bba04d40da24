// Certificates for tests, from test/fixtures/tls: all signed by `ca`, which nothing trusts by default.

import { readFileSync } from 'node:fs';

/** What signed the others. */
export const ca: string = read('ca.pem');
/** A server's, for localhost, 127.0.0.1 and ::1. */
export const cert: string = read('server.pem');
export const key: string = read('server.key');
/** A client's; its common name is 'greenroom test client'. */
export const clientCert: string = read('client.pem');
export const clientKey: string = read('client.key');

function read(name: string): string {
  return readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
}
