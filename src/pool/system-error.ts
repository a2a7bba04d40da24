// Errors of the system, in the shape that Node gives them.

import { getSystemErrorMap } from 'node:util';

/** As Node's fs would throw it: `code`, `errno` and `syscall`. `errno` is negative. */
export function systemError(errno: number, syscall: string): NodeJS.ErrnoException {
  const [code, text] = getSystemErrorMap().get(errno) ?? [`errno ${errno}`, 'unknown error'];
  return Object.assign(new Error(`${code}: ${text}, ${syscall}`), { code, errno, syscall });
}
