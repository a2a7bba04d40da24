// Payloads that nobody will receive: a file that was opened for a client that has gone must be closed.

/** Gives back what `payload` holds, if it is a stream or a `Response`. */
export function discardPayload(payload: unknown): void {
  if (typeof payload !== 'object' || payload === null) return;
  const { destroy, pipe, cancel, body } = payload as Partial<Record<'destroy' | 'pipe' | 'cancel' | 'body', unknown>>;
  if (typeof destroy === 'function' && typeof pipe === 'function') destroy.call(payload);
  else if (typeof cancel === 'function') void Promise.resolve(cancel.call(payload)).catch(() => {});
  else if (payload instanceof Response) discardPayload(body);
}
