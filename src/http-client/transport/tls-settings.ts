// TLS options, checked, and held so that no inspection shows a key or a passphrase.

import { createSecureContext, type SecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import { assertBoolean, assertKnownKeys, assertOneOf } from '../../pool/index.ts';
import { InvalidRequestError } from '../http-errors.ts';
import { fingerprint } from './fingerprint.ts';

type Pem = string | Uint8Array;

export interface TlsOptions {
  /** PEM certificates to trust, instead of those that Node trusts by default (not beside them). No file names. */
  ca?: Pem | readonly Pem[];
  /** PEM client certificate, with its chain. Needs `key`. */
  cert?: Pem | readonly Pem[];
  /** PEM private key of `cert`. */
  key?: Pem | readonly Pem[];
  /** PKCS #12 bytes with certificate and key, in place of `cert` and `key`. */
  pfx?: Uint8Array;
  /** What `key` or `pfx` is encrypted with. */
  passphrase?: string;
  /**
   * False accepts any certificate: whoever is on the way can then read and change everything. Default: true, whatever
   * NODE_TLS_REJECT_UNAUTHORIZED says.
   */
  verify?: boolean;
  /** The name that is sent to the server and must be in its certificate. Default: the URL's host. */
  servername?: string;
  /** `'TLSv1.2'` or `'TLSv1.3'` (older ones too where Node's OpenSSL allows them). Default: Node's. */
  minVersion?: SecureVersion;
  /** As `minVersion`. */
  maxVersion?: SecureVersion;
  /** OpenSSL's cipher list. Default: Node's. */
  ciphers?: string;
}

const KNOWN: Readonly<Record<keyof TlsOptions, true>> = {
  ca: true,
  cert: true,
  key: true,
  pfx: true,
  passphrase: true,
  verify: true,
  servername: true,
  minVersion: true,
  maxVersion: true,
  ciphers: true,
};

const PEMS = ['ca', 'cert', 'key'] as const;
const TEXTS = ['passphrase', 'servername', 'ciphers'] as const;
const VERSIONS = ['minVersion', 'maxVersion'] as const;
const VERSION_NAMES = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
// What makes the context; the other members belong to a connection.
const IN_CONTEXT = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'minVersion', 'maxVersion', 'ciphers'] as const;

/** What a connector needs to know for each connection. */
export interface TlsConnectOptions {
  readonly rejectUnauthorized: boolean;
  /** Parsed once: PEM texts would be parsed again for every connection. */
  readonly secureContext?: SecureContext;
}

export class TlsSettings {
  readonly verify: boolean;
  readonly servername: string | null;
  readonly #options: TlsOptions;
  readonly #where: string;
  #context: SecureContext | null | undefined = undefined;
  #key: string | null = null;

  /** Does not parse what it is given, which takes time. @throws `GREEN_ERR_OPT_INVALID`; its message shows no value. */
  constructor(options: TlsOptions, where = 'tls') {
    assertTlsOptions(options, where);
    this.#options = options;
    this.#where = where;
    this.verify = options.verify ?? true;
    this.servername = options.servername ?? null;
  }

  /** Equal for equal settings, and tells nothing about them. */
  get key(): string {
    this.#key ??= fingerprint(Object.keys(KNOWN).map((name) => this.#options[name as keyof TlsOptions]));
    return this.#key;
  }

  /** @throws `GREEN_ERR_OPT_INVALID` for what OpenSSL cannot use. */
  connectOptions(): TlsConnectOptions {
    if (this.#context === undefined) this.#context = contextOf(this.#options, this.#where);
    const rejectUnauthorized = this.verify;
    return this.#context === null ? { rejectUnauthorized } : { rejectUnauthorized, secureContext: this.#context };
  }

  /** These settings with some members replaced. */
  with(options: TlsOptions, where = 'tls'): TlsSettings {
    assertTlsOptions(options, where);
    return new TlsSettings({ ...this.#options, ...options }, where);
  }

  /** For an https: proxy: trusts the same, but is not shown the client's certificate. */
  forProxy(): TlsSettings {
    const { cert: _cert, key: _key, pfx: _pfx, passphrase: _passphrase, servername: _name, ...rest } = this.#options;
    return new TlsSettings(rest);
  }
}

function assertTlsOptions(options: TlsOptions, where: string): void {
  if (typeof options !== 'object' || options === null) throw new InvalidRequestError(where, 'an object');
  assertKnownKeys(options, KNOWN, where);
  if (options.verify !== undefined) assertBoolean(`${where}.verify`, options.verify);
  for (const name of PEMS) assertPem(`${where}.${name}`, options[name]);
  if (options.pfx !== undefined && !(options.pfx instanceof Uint8Array)) {
    throw new InvalidRequestError(`${where}.pfx`, 'a Uint8Array');
  }
  for (const name of TEXTS) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'string') throw new InvalidRequestError(`${where}.${name}`, 'a string');
  }
  for (const name of VERSIONS) {
    if (options[name] !== undefined) assertOneOf(`${where}.${name}`, options[name], VERSION_NAMES);
  }
}

// Node ignores what is not PEM, a file name for instance, and trusts nobody then.
function assertPem(option: string, value: TlsOptions['ca']): void {
  if (value === undefined) return;
  for (const pem of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
    const text =
      pem instanceof Uint8Array ? Buffer.from(pem.buffer, pem.byteOffset, pem.length).toString('latin1') : pem;
    if (typeof text === 'string' && text.includes('-----BEGIN ')) continue;
    throw new InvalidRequestError(option, 'PEM text or its bytes (not a file name), or an array of them');
  }
}

function contextOf(options: TlsOptions, where: string): SecureContext | null {
  const material = IN_CONTEXT.filter((name) => options[name] !== undefined);
  if (material.length === 0) return null;
  try {
    const given = Object.fromEntries(material.map((name) => [name, options[name]]));
    return createSecureContext(given as SecureContextOptions);
  } catch (cause) {
    const { code = 'a bad value' } = cause as { code?: string };
    throw new InvalidRequestError(where, `what OpenSSL can use (${code})`, cause);
  }
}
