// What a connector reports when it was the proxy that failed. undici hands it through to the request's handler.

// undici treats some codes of a connector's error in its own way (UND_ERR_INFO and UND_ERR_SOCKET leave the request
// waiting, ERR_TLS_CERT_ALTNAME_INVALID may connect for ever): only codes that it does not know are passed on.
const SAFE_CODE = /^(?:E[A-Z\d]+|UND_ERR_SOCKS5\w*)$/;

export class ProxyFailure extends Error {
  /** The system's or SOCKS's code, such as ECONNREFUSED. */
  readonly code: string;
  /** What the proxy answered with; null if it gave no HTTP answer. */
  readonly status: number | null;

  constructor(status: number | null, cause?: unknown) {
    super(
      status === null ? 'The proxy could not be used.' : `The proxy answered with ${status}.`,
      cause === undefined ? undefined : { cause },
    );
    this.name = 'ProxyFailure';
    this.status = status;
    const code = (cause as { code?: unknown } | null | undefined)?.code;
    this.code = typeof code === 'string' && SAFE_CODE.test(code) ? code : 'UND_ERR_PRX';
  }

  static of(error: unknown): ProxyFailure {
    return error instanceof ProxyFailure ? error : new ProxyFailure(null, error);
  }
}
