import { configDefaults, defineConfig } from 'vitest/config';

// Set by scripts/stress.mjs.
const flags = process.env['GREENROOM_TEST_FLAGS']?.split(' ') ?? [];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/servers/**'], // real servers: npm run test:servers
    // Own processes: the addon swaps stacks, so a crash must cost one file, and worker threads have their own tests.
    pool: 'forks',
    execArgv: ['--expose-gc', ...flags],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    reporters: process.env['CI'] ? ['dot'] : ['default'],
  },
});
