// What is measured: blocking calls as packages make them, and how each is made green.

/** `plain`: as it is. `patched`: below patchBlocking(). `scoped`: the package alone is green. `offload`: on another thread. */
export type Mode = 'plain' | 'patched' | 'scoped' | 'offload';

export interface Case {
  readonly name: string;
  /** What each context does once. */
  readonly work: string;
  /** The first one is what the others are compared with. */
  readonly modes: readonly Mode[];
  /** The package that is used, if it is not Node itself. */
  readonly package?: string;
}

const PACKAGE_MODES: readonly Mode[] = ['plain', 'patched', 'scoped'];
const NODE_MODES: readonly Mode[] = ['plain', 'patched'];

export const CASES: readonly Case[] = [
  { name: 'execa', work: "execaSync('sleep 0.2')", modes: PACKAGE_MODES, package: 'execa' },
  { name: 'cross-spawn', work: "spawn.sync('sleep 0.2')", modes: PACKAGE_MODES, package: 'cross-spawn' },
  { name: 'shelljs', work: "exec('sleep 0.2')", modes: PACKAGE_MODES, package: 'shelljs' },
  { name: 'sync-request', work: 'GET, answered in 200 ms', modes: PACKAGE_MODES, package: 'sync-request' },
  { name: 'jsonwebtoken', work: '10 times RS256, 4096 bits, PEM', modes: PACKAGE_MODES, package: 'jsonwebtoken' },
  { name: 'fs-extra', work: 'copySync and removeSync, 16 MB', modes: PACKAGE_MODES, package: 'fs-extra' },
  { name: 'fs', work: 'cpSync and rmSync, 16 MB', modes: NODE_MODES },
  { name: 'zlib', work: 'gzipSync, 1.3 MB', modes: NODE_MODES },
  { name: 'crypto', work: 'pbkdf2Sync, 200,000 of SHA-512', modes: NODE_MODES },
  { name: 'Atomics', work: 'wait() of 200 ms', modes: NODE_MODES },
  { name: 'synckit', work: '100 ms, exclusive()', modes: NODE_MODES, package: 'synckit' },
  { name: 'bcryptjs', work: 'hashSync, cost 11', modes: ['plain', 'offload'], package: 'bcryptjs' },
];

/** @param names - separated by commas; all if undefined. */
export function selectCases(names: string | undefined): readonly Case[] {
  if (names === undefined) return CASES;
  return names.split(',').map((name) => {
    const found = CASES.find((each) => each.name === name);
    if (found === undefined) throw new Error(`${name} is none of ${CASES.map((each) => each.name).join(', ')}`);
    return found;
  });
}
