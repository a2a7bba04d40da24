import { describe, expect, it } from 'vitest';

import { ProxyFailure } from '../../../src/http-client/transport/proxy-failure.ts';
import { transportErrorOf } from '../../../src/http-client/transport/transport-error.ts';

function coded(code: string, message = ''): Error {
  return Object.assign(new Error(message), { code });
}

describe('transportErrorOf()', () => {
  it.each([
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'INVALID_CA',
    'EE_KEY_TOO_SMALL',
  ])('knows a TLS failure: %s', (code) => {
    expect(transportErrorOf(coded(code), 'headers')).toEqual({ kind: 'tls' });
  });

  it('takes EPROTO for TLS only while connecting', () => {
    expect(transportErrorOf(coded('EPROTO'), 'connect')).toEqual({ kind: 'tls' });
    expect(transportErrorOf(coded('EPROTO'), 'body')).toBeNull();
  });

  it("knows the failures of undici's own ProxyAgent", () => {
    const known: [Error, number | null][] = [
      [coded('UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling'), 407],
      [coded('UND_ERR_INVALID_ARG', 'Proxy Authentication Required (407)'), 407],
      [coded('UND_ERR_PRX_TLS'), null],
      [coded('UND_ERR_SOCKS5_AUTH_REJECTED'), null],
      [new ProxyFailure(502), 502],
    ];
    for (const [error, status] of known) expect(transportErrorOf(error, 'connect')).toEqual({ kind: 'proxy', status });
  });

  it('knows a connect timeout', () => {
    expect(transportErrorOf(coded('UND_ERR_CONNECT_TIMEOUT'), 'connect')).toEqual({ kind: 'connect-timeout' });
  });

  it.each([
    coded('ECONNREFUSED'),
    coded('UND_ERR_ABORTED', 'Request aborted'),
    new Error('x'),
    null,
    undefined,
    'x',
    7,
  ])('leaves everything else: %s', (cause) => {
    expect(transportErrorOf(cause, 'connect')).toBeNull();
  });
});

describe('ProxyFailure', () => {
  it('hides the codes that undici would act upon', () => {
    for (const code of ['UND_ERR_INFO', 'UND_ERR_SOCKET', 'ERR_TLS_CERT_ALTNAME_INVALID']) {
      expect(ProxyFailure.of(coded(code))).toMatchObject({ code: 'UND_ERR_PRX', status: null });
    }
    expect(ProxyFailure.of(coded('ECONNREFUSED')).code).toBe('ECONNREFUSED');
  });
});
