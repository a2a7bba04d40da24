// A result as a table to read.

import type { Comparison } from './compare.ts';
import type { Machine } from './machine.ts';
import type { Estimate } from './stats.ts';

export interface Report extends Machine {
  readonly switchKind: string | null;
  readonly options: { readonly pairs: number; readonly sliceMs: number; readonly connections: number };
  readonly comparisons: readonly Comparison[];
}

const COLUMNS = [
  '',
  'req/s',
  'p50 ms',
  'p99 ms',
  'CPU us',
  'JS thread',
  'GC us',
  'CPU ratio [95 % CI]',
  'CPU us more',
  'req/s ratio',
];

export function formatTable(report: Report): string {
  const { machine, versions, options } = report;
  const rows = report.comparisons.flatMap(rowsOf);
  const lines = [COLUMNS, ...rows].map((row) => formatRow(row, widthsOf([COLUMNS, ...rows])));
  return `
${machine.cpu}, ${machine.cores} cores, load average ${machine.loadAverage} at start, ${machine.os}
Node ${versions.node}, Fastify ${versions.fastify}, undici ${versions.undici}, greenroom ${versions.greenroom} \
(${report.commit}), stack switch: ${report.switchKind}
${options.connections} connections, ${options.pairs} pairs of ${options.sliceMs} ms slices in ABBA order, medians

${lines.join('\n')}

Ratios are second line over first line, from neighbouring slices. Microseconds are per request: CPU of the server
process, all threads; of its JavaScript thread alone, where Node tells; and the pauses for garbage collection.
The A/A control compares a server with its twin: what it shows is noise, and no ratio nearer to 1 than that means much.
`;
}

function rowsOf({ pair, a, b, cpuRatio, cpuDifferenceUs, rateRatio }: Comparison): string[][] {
  const [sideA, sideB] = [a, b].map((side) => [
    `  ${side.variant}`,
    side.requestsPerSecond.toFixed(0),
    side.p50Ms.toFixed(2),
    side.p99Ms.toFixed(2),
    side.cpuUs.toFixed(1),
    side.threadCpuUs?.toFixed(1) ?? '-',
    side.gcPauseUs.toFixed(2),
  ]) as [string[], string[]];
  const estimates = [formatEstimate(cpuRatio, 2), formatEstimate(cpuDifferenceUs, 1), formatEstimate(rateRatio, 2)];
  return [[`${pair.name}: ${pair.work}`], [...sideA], [...sideB, ...estimates]];
}

function formatEstimate({ median, low, high }: Estimate, digits: number): string {
  return `${median.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** A title, a row of one cell, may run across the columns. */
function widthsOf(rows: readonly string[][]): number[] {
  const cells = rows.filter((row) => row.length > 1);
  return COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const [name, ...numbers] = row;
  if (numbers.length === 0) return name as string;
  return [
    name?.padEnd(widths[0] as number),
    ...numbers.map((cell, at) => cell.padStart(widths[at + 1] as number)),
  ].join('  ');
}
