// A result as JSON, to keep.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Machine } from './machine.ts';

// From build/dev/bench/http to the sources.
const RESULTS_URL = new URL('../../../../bench/results/', import.meta.url);

/** @returns the path of the file, whose name begins with `benchmark`. */
export function saveReport(benchmark: string, report: Machine): string {
  const stamp = report.date.slice(0, 19).replaceAll(/[:T]/g, '-');
  const file = fileURLToPath(new URL(`${benchmark}-${stamp}-node-${report.versions.node}.json`, RESULTS_URL));
  mkdirSync(RESULTS_URL, { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return file;
}
