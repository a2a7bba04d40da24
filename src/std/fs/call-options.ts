// The options argument that most functions of fs end with: an encoding, or an object.

export type CallOptions = Readonly<Record<string, unknown>>;

/**
 * As an object; null for what only the original should look at: wrong types, unknown encodings, and functions among the
 * options, which Node calls in the course of the call, on the caller's stack.
 */
export function optionsOf(value: unknown): CallOptions | null {
  if (value === undefined || value === null) return {};
  if (typeof value === 'string') return isEncoding(value) ? { encoding: value } : null;
  if (typeof value !== 'object') return null;
  const options = value as CallOptions;
  if (!isEncoding(options['encoding'])) return null;
  for (const key in options) if (typeof options[key] === 'function') return null;
  return options;
}

/** For the asynchronous functions: they obey a `signal`, which the blocking ones do not know. */
export function withoutSignal(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('signal' in value)) return value;
  const { signal: _signal, ...rest } = value;
  return rest;
}

/** What bytes are decoded with; null for not at all. For options that optionsOf() has given. */
export function encodingOf(options: CallOptions): BufferEncoding | null {
  const encoding = options['encoding'];
  return encoding === undefined || encoding === null || encoding === 'buffer' ? null : (encoding as BufferEncoding);
}

function isEncoding(value: unknown): boolean {
  if (value === undefined || value === null || value === 'buffer') return true;
  return typeof value === 'string' && Buffer.isEncoding(value);
}
