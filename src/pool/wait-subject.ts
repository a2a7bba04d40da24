// What is waited for besides promises, as dumps show it.

import type { Task } from './task.ts';

export abstract class WaitSubject {
  /** @internal Such as `Lock 'accounts'`. */
  abstract get description(): string;
  /** @internal Who must go on before the wait can end; null if that is nobody in particular. */
  abstract get holder(): Task | null;
}
