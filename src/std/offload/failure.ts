// What a worker says of a failed call, made an error again: of the class it had if that is one of the language's, with its
// code and other properties, and with the frames of the worker above those of the caller.

import { OffloadUnsendableError } from './offload-errors.ts';

export interface Failure {
  /** What was thrown, if it was no error. */
  readonly thrown?: unknown;
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  /** A name that the function meant from around it. */
  readonly unbound?: string | null;
  readonly cause?: Failure;
}

const CLASSES: Readonly<Record<string, ErrorConstructor>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** What to throw for it. `callerFrames`: the lines below the call. */
export function errorOf(failure: Failure, callerFrames: string): unknown {
  const error = rebuilt(failure);
  if (failure.unbound !== undefined && failure.unbound !== null) return unboundError(failure.unbound, error);
  if (isCloneError(error)) return unsendableResult(error);
  if (error instanceof Error && callerFrames !== '') setHidden(error, 'stack', `${error.stack}\n${callerFrames}`);
  return error;
}

/** What postMessage() and structuredClone() throw; the code is that of Node 20, for what would have to be transferred. */
export function isCloneError(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return name === 'DataCloneError' || code === 'ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST';
}

function unsendableResult(cause: unknown): OffloadUnsendableError {
  return new OffloadUnsendableError(
    'The result of an offloaded call cannot be handed from one thread to another',
    'Return plain data: no functions, no symbols, nothing that holds them.',
    cause,
  );
}

function unboundError(name: string, cause: unknown): OffloadUnsendableError {
  return new OffloadUnsendableError(
    `The offloaded function uses '${name}', which it has not got in its worker: only its own text is sent`,
    'Pass it as an argument, require() it within the function, or use offloadModule().',
    cause,
  );
}

function rebuilt(failure: Failure): unknown {
  if ('thrown' in failure) return failure.thrown;
  const { name = 'Error', message = '', stack = '', properties = {}, cause } = failure;
  const error = new (CLASSES[name] ?? Error)(message);
  if (error.name !== name) setHidden(error, 'name', name);
  Object.assign(error, properties);
  if (cause !== undefined) setHidden(error, 'cause', rebuilt(cause));
  setHidden(error, 'stack', stack);
  return error;
}

function setHidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}
