// What a number means nothing without: where, when and with what it was measured.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly loadAverage: number; readonly os: string };
  readonly versions: Readonly<Record<'node' | 'v8' | 'fastify' | 'undici' | 'greenroom' | 'autocannon', string>>;
}

const require = createRequire(import.meta.url);

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    commit: describeCommit(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      loadAverage: Number(loadavg()[0]?.toFixed(2)),
      os: `${process.platform} ${process.arch}`,
    },
    versions: {
      node: process.version,
      v8: process.versions.v8,
      fastify: versionOf('fastify'),
      undici: versionOf('undici'),
      greenroom: versionOf('greenroom'),
      autocannon: versionOf('autocannon'),
    },
  };
}

function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as { version: string };
  return manifest.version;
}

/** `-dirty` when what was measured is not what was committed. */
function describeCommit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
