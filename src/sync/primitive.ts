// What the classes of greenroom/sync have in common: a name, for dumps and errors.

import { type Task, WaitSubject } from '../pool/index.ts';

export interface SyncOptions {
  /** Names it in dumps, errors and warnings. */
  name?: string;
}

export abstract class Primitive extends WaitSubject {
  readonly name: string;

  constructor({ name = 'anonymous' }: SyncOptions) {
    super();
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
