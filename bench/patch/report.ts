// A result as a table to read, in Markdown so that docs/std.md can hold it.

import type { Machine } from '../http/machine.ts';
import { median } from '../http/stats.ts';
import type { Case, Mode } from './cases.ts';
import type { Measurement } from './child.ts';

export interface Row {
  readonly mode: Mode;
  readonly runs: readonly Measurement[];
}

export interface Result {
  readonly case: Case;
  /** Of the package. */
  readonly version: string | null;
  readonly rows: readonly Row[];
}

export interface Report extends Machine {
  readonly options: { readonly contexts: number; readonly runs: number };
  readonly results: readonly Result[];
}

export function formatTable(report: Report): string {
  const { machine, versions, options, results } = report;
  const head = ['package', 'what each context does', 'plain', 'patched', 'scoped', 'longest gap falls to'];
  const rows = results.map(cellsOf);
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `
${machine.cpu}, ${machine.cores} cores, load average ${machine.loadAverage} at start, ${machine.os}
Node ${versions.node}, greenroom ${versions.greenroom} (${report.commit}), stack switch: ${switchKindOf(report)}
${options.contexts} contexts at once, ${options.runs === 1 ? 'one run' : `medians of ${options.runs} runs`}; wall time / longest gap of the event loop, in ms

${lines.join('\n')}
`;
}

function cellsOf({ case: { name, work }, version, rows }: Result): string[] {
  const of = (...modes: Mode[]) => rows.find((row) => modes.includes(row.mode));
  const [plain, green, scoped] = [of('plain'), of('patched', 'offload'), of('scoped')];
  const others = [green, scoped].filter((row) => row !== undefined);
  const shares = others.map((row) => percent(gapOf(row) / gapOf(plain as Row)));
  const note = green?.mode === 'offload' ? ' (offload)' : '';
  return [
    version === null ? name : `${name} ${version}`,
    work,
    timesOf(plain),
    `${timesOf(green)}${note}`,
    timesOf(scoped),
    shares.join(', '),
  ];
}

function timesOf(row: Row | undefined): string {
  if (row === undefined) return '';
  return `${median(row.runs.map((run) => run.wallMs)).toFixed(0)} / ${gapOf(row).toFixed(0)}`;
}

function gapOf(row: Row): number {
  return median(row.runs.map((run) => run.gapMs));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function switchKindOf({ results }: Report): string {
  return results[0]?.rows[0]?.runs[0]?.switchKind ?? '-';
}
