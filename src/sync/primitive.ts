// What the classes of greenroom/sync have in common: a name, for dumps and errors.

import { InvalidOptionError } from '../errors.ts';
import { assertKnownKeys, type Task, WaitSubject } from '../pool/index.ts';

export interface SyncOptions {
  /** Names it in dumps, errors and warnings. */
  name?: string;
}

export abstract class Primitive extends WaitSubject {
  readonly name: string;

  /** `others` are the further names that `options` may have. */
  constructor(options: SyncOptions, others: object = {}) {
    super();
    assertKnownKeys(options, { name: undefined, ...others }, `${new.target.name} options`);
    const { name = 'anonymous' } = options;
    if (typeof name !== 'string') throw new InvalidOptionError('name', 'a string', name);
    this.name = name;
  }

  /** @internal */
  override get description(): string {
    return `${this.constructor.name} '${this.name}'`;
  }

  /** @internal */
  override get holder(): Task | null {
    return null;
  }
}
