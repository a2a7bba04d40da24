// Options of the client's own connections, checked, for undici's Agent and for the sockets.

import { isIP } from 'node:net';

import { InvalidOptionError } from '../../errors.ts';
import { assertInteger } from '../../pool/index.ts';
import type { SocketSettings } from './dialer.ts';
import { TRANSPORT_DEFAULTS } from './transport-defaults.ts';
import type { TransportOptions } from './transport-options.ts';

export interface AgentSettings {
  readonly connections: number | null;
  readonly keepAliveTimeout: number;
  /** Not there for Node's. */
  readonly maxHeaderSize?: number;
  readonly localAddress: string | null;
}

/** @throws `GREEN_ERR_OPT_INVALID` */
export function socketSettings(options: TransportOptions): Omit<SocketSettings, 'connectTimeout'> {
  const {
    family = TRANSPORT_DEFAULTS.family as 0,
    autoSelectFamilyAttemptTimeout = TRANSPORT_DEFAULTS.autoSelectFamilyAttemptTimeout as number,
  } = options;
  if (family !== 0 && family !== 4 && family !== 6) throw new InvalidOptionError('family', '0, 4 or 6', family);
  assertInteger('autoSelectFamilyAttemptTimeout', autoSelectFamilyAttemptTimeout, 10, 60_000);
  return { family, autoSelectFamilyAttemptTimeout };
}

/** @throws `GREEN_ERR_OPT_INVALID` */
export function agentSettings(options: TransportOptions): AgentSettings {
  const defaults = TRANSPORT_DEFAULTS;
  const {
    connections = null,
    keepAliveTimeout = defaults.keepAliveTimeout as number,
    maxHeaderBytes,
    localAddress = null,
  } = options;
  if (connections !== null) assertInteger('connections', connections, 1, Number.MAX_SAFE_INTEGER);
  assertInteger('keepAliveTimeout', keepAliveTimeout, 1, 600_000);
  if (maxHeaderBytes !== undefined) assertInteger('maxHeaderBytes', maxHeaderBytes, 1, 2 ** 31 - 1);
  if (localAddress !== null && (typeof localAddress !== 'string' || isIP(localAddress) === 0)) {
    throw new InvalidOptionError('localAddress', 'an IP address', localAddress);
  }
  const settings = { connections, keepAliveTimeout, localAddress };
  return maxHeaderBytes === undefined ? settings : { ...settings, maxHeaderSize: maxHeaderBytes };
}
