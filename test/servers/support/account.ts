// The account that every server with a password knows, and the system accounts the servers give up root for.

import { execFileSync } from 'node:child_process';

export const USER = 'green room';
export const PASSWORD = 'pass: wörd';
export const CREDENTIALS: readonly [string, string] = [USER, PASSWORD];

export const IS_ROOT: boolean = process.getuid?.() === 0;

/** PASSWORD as crypt() writes it, with the scheme of openssl passwd's `flag`. */
export function cryptedPassword(flag: '-apr1' | '-6', password: string = PASSWORD): string {
  return execFileSync('openssl', ['passwd', flag, '-stdin'], { input: `${password}\n`, encoding: 'utf8' }).trim();
}
