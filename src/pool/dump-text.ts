// The text form of a dump: one paragraph per distinct stack, the most common first.

import type { ContextDump, ContextEntry } from './dump.ts';

export function formatDump({ contexts, findings, omitted }: ContextDump): string {
  const groups = new Map<string, ContextEntry[]>();
  for (const entry of contexts) {
    if (entry.state === 'idle') continue;
    const key = `${entry.state}\n${entry.stack.join('\n')}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  const paragraphs = [...groups.values()].sort((a, b) => b.length - a.length).map(formatGroup);
  const more = omitted === 0 ? [] : [`… and ${counted(omitted, 'context')} more, not looked at.`];
  return [summary(contexts), ...findings, ...sharedPromises(contexts), ...paragraphs, ...more].join('\n\n');
}

function summary(contexts: readonly ContextEntry[]): string {
  const count = (state: ContextEntry['state']): number => contexts.filter((entry) => entry.state === state).length;
  return `${counted(contexts.length, 'context')}: ${count('running')} running, ${count('waiting')} waiting, ${count('idle')} idle`;
}

function sharedPromises(contexts: readonly ContextEntry[]): string[] {
  const waiting = new Map<string, number>();
  for (const { waitsFor } of contexts) {
    if (waitsFor?.startsWith('promise #')) waiting.set(waitsFor, (waiting.get(waitsFor) ?? 0) + 1);
  }
  return [...waiting]
    .filter(([, count]) => count > 1)
    .map(([promise, count]) => `${count} contexts wait for the same ${promise}.`);
}

function formatGroup(group: readonly ContextEntry[]): string {
  const heads = group.slice(0, MAX_HEADS).map(formatHead);
  if (group.length > MAX_HEADS) heads.push(`… and ${group.length - MAX_HEADS} more with this stack`);
  return [...heads, ...(group[0] as ContextEntry).stack].join('\n');
}

const MAX_HEADS = 5;

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function formatHead({ id, state, stateMs, waitsFor, pool, label, times }: ContextEntry): string {
  const details = [
    `${waitsFor === null ? state : `waiting for ${waitsFor}`}, ${Math.round(stateMs)} ms`,
    `ran ${times?.ranMs.toFixed(1)} ms, waited ${Math.round(times?.waitedMs ?? 0)} ms in ${counted(times?.waits ?? 0, 'wait')}`,
    ...(pool === null ? [] : [`pool ${pool}`]),
    ...(label === null ? [] : [label]),
  ];
  return `context ${id} [${details.join('; ')}]:`;
}
