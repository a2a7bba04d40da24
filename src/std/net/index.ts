// greenroom/std/net: all of node:net as it is, and sockets in sync style beside it. Node's names keep their meaning
// (`connect()` gives Node's socket); what is green says so in its name.

import net from 'node:net';

import { namespaceOf } from '../namespace-of.ts';
import { greenConnect } from './connect.ts';
import { greenListen } from './listen.ts';
import { greenServe } from './serve.ts';

export * from 'node:net';
export { type GreenConnectOptions, greenConnect } from './connect.ts';
export { GreenServer } from './green-server.ts';
export { GreenSocket, type ReadLimitOptions } from './green-socket.ts';
export { type AcceptOptions, greenListen } from './listen.ts';
export { type GreenHandler, GreenService, greenServe, type ServeOptions } from './serve.ts';
export type { StartTlsOptions } from './start-tls.ts';

/** Nothing in node:net blocks, so nothing is replaced. */
export const replacedNames: readonly string[] = Object.freeze([]);

interface Added {
  readonly greenConnect: typeof greenConnect;
  readonly greenListen: typeof greenListen;
  readonly greenServe: typeof greenServe;
}

const greenNet: Omit<typeof net, keyof Added> & Added = namespaceOf(net, { greenConnect, greenListen, greenServe });
export default greenNet;
