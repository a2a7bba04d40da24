// A result as a table to read.

import { readFileSync } from 'node:fs';

import type { Machine } from '../http/machine.ts';
import type { Estimate } from '../http/stats.ts';
import type { Comparison, Row } from './compare.ts';
import type { Timing } from './trial.ts';
import { WORK } from './variants.ts';

export interface Report extends Machine {
  readonly clients: { readonly got: string; readonly axios: string };
  readonly switchKind: string | null;
  readonly options: Timing & { readonly batches: number };
  readonly comparisons: readonly Comparison[];
}

/** Of a package whose `exports` keep its package.json to itself. */
export function versionOf(name: string): string {
  const entry = import.meta.resolve(name);
  const end = entry.lastIndexOf(`/${name}/`) + name.length + 2;
  const manifest = JSON.parse(readFileSync(new URL('package.json', entry.slice(0, end)), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

const COLUMNS = ['', 'CPU us', 'CPU ratio [95 % CI]', 'kernel', 'us', 'us ratio [95 % CI]', 'GC us', 'sockets', ''];

export function formatTable(report: Report): string {
  const { machine, versions, clients, options } = report;
  return `
${machine.cpu}, ${machine.cores} cores, load average ${machine.loadAverage} at start, ${machine.os}
Node ${versions.node}, undici ${versions.undici}, got ${clients.got}, axios ${clients.axios}, greenroom \
${versions.greenroom} (${report.commit}), stack switch: ${report.switchKind ?? '-'}
${options.batches} batches of ${options.rounds} rounds, slices of ${options.sliceMs} ms, medians

${report.comparisons.map(formatComparison).join('\n\n')}

Microseconds are per request: processor time of the client's process, all threads, garbage collection included; what of
it the kernel took, mostly for sockets, which is much alike for all; and the time that passed. Ratios are over
undici-request in the same round. The A/A control compares it with its twin: what that shows is noise, and no ratio nearer
to 1 means much.
`;
}

function formatComparison({ scenario, rows }: Comparison): string {
  const table = [[scenario, ...COLUMNS.slice(1)], ...rows.map(cellsOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const last = COLUMNS.length - 1;
  const pad = (cell: string, column: number) => {
    if (column === last) return cell;
    return column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number);
  };
  return table.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

function cellsOf(row: Row): string[] {
  return [
    `  ${row.variant}`,
    row.cpuUs.toFixed(1),
    formatEstimate(row.cpuRatio),
    row.systemUs.toFixed(1),
    row.elapsedUs.toFixed(1),
    formatEstimate(row.elapsedRatio),
    row.gcPauseUs.toFixed(2),
    String(row.connections),
    WORK[row.variant],
  ];
}

function formatEstimate({ median, low, high }: Estimate): string {
  return `${median.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}
