// greenroom/std/tls: all of node:tls as it is, and sockets in sync style beside it; see greenroom/std/net.

import tls from 'node:tls';

import { namespaceOf } from '../namespace-of.ts';
import { greenConnect, greenListen, greenServe } from './green-tls.ts';

export * from 'node:tls';
export type { GreenConnectOptions } from '../net/connect.ts';
export { GreenServer } from '../net/green-server.ts';
export { GreenSocket, type ReadLimitOptions } from '../net/green-socket.ts';
export type { AcceptOptions } from '../net/listen.ts';
export { type GreenHandler, GreenService, type ServeOptions } from '../net/serve.ts';
export { greenConnect, greenListen, greenServe };

/** Nothing in node:tls waits, so nothing is replaced. */
export const replacedNames: readonly string[] = Object.freeze([]);

interface Added {
  readonly greenConnect: typeof greenConnect;
  readonly greenListen: typeof greenListen;
  readonly greenServe: typeof greenServe;
}

const greenTls: Omit<typeof tls, keyof Added> & Added = namespaceOf(tls, { greenConnect, greenListen, greenServe });
export default greenTls;
