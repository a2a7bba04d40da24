import { describe, expect, it } from 'vitest';
import { switchKind } from '../../src/index.ts';
import { NODE_MAJOR, outputOf } from '../support/child.ts';

// Node 20 has no node:sqlite.
describe.runIf(NODE_MAJOR >= 22)('user functions of node:sqlite', () => {
  it('wait, each context with a connection of its own', async () => {
    expect(await outputOf('native/sqlite.mjs', { args: ['own'] })).toBe('done\n');
  });

  // SQLite holds the connection's mutex meanwhile. To the kinds tls and thread each context is another thread, so the
  // second one blocks the process for ever: a limit that docs/limits.md states.
  it.runIf(switchKind() === 'id')('wait, several contexts with one connection', async () => {
    expect(await outputOf('native/sqlite.mjs', { args: ['shared'] })).toBe('done\n');
  });
});
