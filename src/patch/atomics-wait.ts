// Atomics.wait() as a green function, for those who ask for it: code that waits so relies, as a rule, on nothing else
// running meanwhile. See exclusive().

import { type AnyFunction, ORIGINAL, twinOf } from '../std/twin.ts';
import type { GreenBuiltin } from './green-builtins.ts';

type WaitArgs = [array: Int32Array, index: number, value: number, timeout?: number];
type Waiting = { async: false; value: string } | { async: true; value: Promise<string> };

/** A waitAsync() alone does not keep the process alive; a timer does. */
const FOR_GOOD_MS = 2_147_483_647;

/** As for a module: `Atomics`, of which `wait` is green. */
export function greenAtomics(): GreenBuiltin {
  const found = Atomics.wait as AnyFunction & { [ORIGINAL]?: AnyFunction };
  const original = found[ORIGINAL] ?? found;
  const green = twinOf(original, {
    pays: ([array]) => ArrayBuffer.isView(array) && array.buffer instanceof SharedArrayBuffer,
    start: (args, _self, settle) => startWaiting(args as WaitArgs, settle),
  });
  return { namespace: Atomics, replaced: new Map([['wait', { original, green }]]) };
}

function startWaiting(args: WaitArgs, settle: (error: unknown, value?: unknown) => void): (() => void) | undefined {
  const waiting = (Atomics as unknown as { waitAsync: (...args: WaitArgs) => Waiting }).waitAsync(...args);
  if (!waiting.async) {
    settle(null, waiting.value);
    return undefined;
  }
  const alive = setTimeout(() => {}, FOR_GOOD_MS);
  let gaveUp = false;
  let woken = false;
  // Who was woken and does not want it any more lets the next one have it: the waiting itself cannot be taken back.
  const passOn = (): void => {
    if (gaveUp && woken) Atomics.notify(args[0], args[1], 1);
  };
  void waiting.value.then((value) => {
    clearTimeout(alive);
    woken = value === 'ok';
    passOn();
    settle(null, value);
  });
  return () => {
    clearTimeout(alive);
    gaveUp = true;
    passOn();
  };
}
