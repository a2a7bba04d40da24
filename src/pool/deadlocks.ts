// Contexts that wait for each other: for locks that the next one holds, or for the outcome of the next one's task.

import type { GreenContext } from './green-context.ts';
import { PromiseTask } from './task.ts';
import { WaitSubject } from './wait-subject.ts';

/** A sentence for every circle among `contexts`. */
export function deadlocks(contexts: readonly GreenContext[]): string[] {
  const byOutcome = new Map<unknown, GreenContext>();
  for (const context of contexts) if (context.task instanceof PromiseTask) byOutcome.set(context.task.promise, context);
  const awaitedBy = ({ waiter }: GreenContext): GreenContext | null => {
    const subject = waiter?.subject;
    if (subject instanceof WaitSubject) return subject.holder?.context ?? null;
    return byOutcome.get(subject) ?? byOutcome.get((subject as { promise?: unknown } | undefined)?.promise) ?? null;
  };

  const sentences: string[] = [];
  const seen = new Set<GreenContext>();
  for (const start of contexts) {
    const path: GreenContext[] = [];
    let next: GreenContext | null = start;
    while (next !== null && !seen.has(next)) {
      seen.add(next);
      path.push(next);
      next = awaitedBy(next);
    }
    const from = next === null ? -1 : path.indexOf(next);
    if (from >= 0) sentences.push(sentence(path.slice(from)));
  }
  return sentences;
}

function sentence(circle: readonly GreenContext[]): string {
  const ids = [...circle, circle[0] as GreenContext].map(({ id }) => `context ${id}`);
  return `Deadlock: ${ids.join(' waits for ')}.`;
}
