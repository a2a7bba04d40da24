// The module hooks of a scope for Node before 22.15, which runs them on a thread of their own. What only the main thread
// knows is asked for through a port; see import-hooks.ts. Each scope has an instance of this module.

import type { MessagePort } from 'node:worker_threads';

import { type Loaded, type ResolveContext, type Resolved, type ScopeFacts, ScopeHooks } from './scope-hooks.ts';

let hooks: ScopeHooks;
let port: MessagePort;
let lastQuestion = 0;
const questions = new Map<number, (names: string[]) => void>();

/** Called by Node when the hooks are registered. */
export function initialize(data: { facts: ScopeFacts; port: MessagePort }): void {
  hooks = new ScopeHooks(data.facts);
  port = data.port;
  port.on('message', ({ question, names }: { question: number; names: string[] }) => {
    questions.get(question)?.(names);
    questions.delete(question);
    if (questions.size === 0) port.unref();
  });
  port.unref();
}

function namesOf(filename: string): Promise<string[]> {
  port.ref(); // Node lets the whole process end when this thread has nothing left to wait for
  return new Promise((resolve) => {
    questions.set(++lastQuestion, resolve);
    port.postMessage({ question: lastQuestion, filename });
  });
}

/** Called by Node for every specifier. */
export async function resolve(
  specifier: string,
  context: ResolveContext,
  next: (specifier: string, context: ResolveContext) => Promise<Resolved>,
): Promise<Resolved> {
  const steps = hooks.resolve(specifier, context);
  return steps === null ? next(specifier, context) : drive(steps, (step) => next(step.specifier, step.context));
}

/** Called by Node for every module. */
export async function load(
  url: string,
  context: object,
  next: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  const steps = hooks.load(url);
  if (steps === null) return next(url, context);
  return drive(steps, (step) => ('next' in step ? next(url, context) : namesOf(step.namesOf)));
}

async function drive<S, T, A>(steps: Generator<S, T, A>, perform: (step: S) => Promise<A>): Promise<T> {
  let step = steps.next(undefined as A);
  while (step.done !== true) step = steps.next(await perform(step.value));
  return step.value;
}
