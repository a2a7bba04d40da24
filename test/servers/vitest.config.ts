// For scripts/test-servers.mjs. The suites of this folder need servers that a machine may not have, so `npm test`
// leaves them out.

import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest loads it
export default defineConfig({
  test: {
    include: ['test/servers/**/*.test.ts'],
    pool: 'forks', // as in ../../vitest.config.ts
    execArgv: ['--expose-gc'],
    fileParallelism: false, // each file starts servers of its own
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: process.env['CI'] ? ['dot'] : ['default'],
  },
});
