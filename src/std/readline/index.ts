// greenroom/std/readline: all of node:readline as it is, and questions in sync style.

import readline from 'node:readline';

import { namespaceOf } from '../namespace-of.ts';
import { input, lines } from './input.ts';

export * from 'node:readline';
export { type InputOptions, input, lines } from './input.ts';

/** Nothing in node:readline blocks, so nothing is replaced. */
export const replacedNames: readonly string[] = Object.freeze([]);

interface Added {
  readonly input: typeof input;
  readonly lines: typeof lines;
}

const greenReadline: Omit<typeof readline, keyof Added> & Added = namespaceOf(readline, { input, lines });
export default greenReadline;
