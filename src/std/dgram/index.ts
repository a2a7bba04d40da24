// greenroom/std/dgram: all of node:dgram as it is, and sockets in sync style beside it.

import dgram from 'node:dgram';

import { namespaceOf } from '../namespace-of.ts';
import { greenBind } from './bind.ts';

export * from 'node:dgram';
export { type GreenBindOptions, greenBind } from './bind.ts';
export { type Datagram, GreenDatagramSocket } from './green-datagram-socket.ts';

/** Nothing in node:dgram waits, so nothing is replaced. */
export const replacedNames: readonly string[] = Object.freeze([]);

interface Added {
  readonly greenBind: typeof greenBind;
}

const greenDgram: Omit<typeof dgram, keyof Added> & Added = namespaceOf(dgram, { greenBind });
export default greenDgram;
