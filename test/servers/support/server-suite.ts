// describe() for a suite that needs real servers: it starts them before its tests and stops them after, and if one is
// not installed it says so, and is skipped, or fails where every server must be there.

import { afterAll, beforeAll, describe, it } from 'vitest';

import type { ServerProcess } from './server-process.ts';

const MISSING = JSON.parse(process.env['GREENROOM_MISSING_SERVERS'] ?? '{}') as Record<string, string>;
const REQUIRED = Boolean(process.env['CI']) || process.env['GREENROOM_SERVERS'] === 'required';

type Starts = Readonly<Record<string, () => Promise<ServerProcess>>>;

export type Started<S extends Starts> = { readonly [Name in keyof S]: Awaited<ReturnType<S[Name]>> };

/**
 * `starts` holds what starts each server; `tests` gets an object with the servers in the same places, which is empty
 * until the suite runs. `needs` names servers as scripts/test-servers.mjs does.
 */
export function serverSuite<S extends Starts>(
  title: string,
  needs: readonly string[],
  starts: S,
  tests: (servers: Started<S>) => void,
): void {
  const missing = ['tools', ...needs].filter((name) => name in MISSING);
  if (missing.length > 0) {
    const packages = missing.map((name) => MISSING[name]).join(' ');
    const reason = `${title}: ${missing.join(' and ')} not installed (apt-get install ${packages})`;
    if (REQUIRED) {
      it(title, () => {
        throw new Error(reason);
      });
      return;
    }
    console.log(`skipped: ${reason}`);
    describe.skip(title, () => tests({} as Started<S>));
    return;
  }
  describe(title, () => {
    const servers: Record<string, ServerProcess> = {};
    beforeAll(async () => {
      for (const [name, start] of Object.entries(starts)) servers[name] = await start();
    });
    afterAll(async () => {
      await Promise.all(Object.values(servers).map((server) => server.stop()));
    });
    tests(servers as Started<S>);
  });
}
