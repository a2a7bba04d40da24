// What a call gave, as plain data that two runs can be compared by: classes are named, the order of keys counts, the run's
// own directory is `<tmp>`, and what differs from run to run (inodes, times, and what a case says) is left out.

import { createHash } from 'node:crypto';

const VOLATILE_STATS = /^(dev|ino|blocks|(a|m|c|birth)time(Ms|Ns)?)$/;
const SHOWN_BYTES = 256;

export interface ObserveOptions {
  /** Replaced by `<tmp>` wherever it stands in a string. */
  readonly tmp: string;
  /** Keys whose values are left out, at any depth; that they are there is still compared. */
  readonly ignore?: readonly string[];
}

/** `value` as plain data. */
export function observed(value: unknown, options: ObserveOptions, path: readonly unknown[] = []): unknown {
  if (typeof value === 'string') return value.replaceAll(options.tmp, '<tmp>');
  if (typeof value === 'function') return `<function ${value.name}>`;
  if (typeof value === 'symbol') return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return value;
  if (path.includes(value)) return `<circle to depth ${path.indexOf(value)}>`;
  const within = [...path, value];
  if (ArrayBuffer.isView(value)) return observedBytes(value);
  if (value instanceof ArrayBuffer) return observedBytes(new Uint8Array(value));
  if (value instanceof Date) return '<Date>';
  if (Array.isArray(value)) return value.map((each) => observed(each, options, within));
  return { class: value.constructor?.name ?? 'null', entries: entriesOf(value, options, within) };
}

/** What was thrown, as plain data: class, name, message, code, own enumerable keys in their order, first line of the stack. */
export function observedError(error: unknown, options: ObserveOptions): unknown {
  if (!(error instanceof Error)) return { thrown: observed(error, options) };
  const { name, message, code, cause, stack } = error as Error & { code?: unknown };
  return {
    class: error.constructor.name,
    name,
    message: observed(message, options),
    code,
    cause: observed(cause, options),
    entries: entriesOf(error, options, [error]),
    firstLine: observed(stack?.split('\n')[0], options),
  };
}

function entriesOf(value: object, options: ObserveOptions, path: readonly unknown[]): unknown[] {
  const stats = /Stats/.test(value.constructor?.name ?? '');
  return Object.keys(value).map((key) => {
    if (options.ignore?.includes(key) === true || (stats && VOLATILE_STATS.test(key))) return [key, '<ignored>'];
    return [key, observed((value as Record<string, unknown>)[key], options, path)];
  });
}

function observedBytes(view: ArrayBufferView): unknown {
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  const shown = bytes.length <= SHOWN_BYTES ? bytes.toString('latin1') : createHash('sha1').update(bytes).digest('hex');
  return { class: view.constructor.name, length: bytes.length, shown };
}
