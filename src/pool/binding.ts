// The only file that loads the native addon, and the types of what it exports.
// Loading is left to the first use, so that importing greenroom never throws.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { AddonUnsupportedError, InvalidOptionError } from '../errors.ts';
import { contextStackBytes } from './stack-size.ts';

export type SwitchKind = 'id' | 'tls' | 'thread';

const SWITCH_KINDS: readonly string[] = ['id', 'tls', 'thread'] satisfies SwitchKind[];

export interface NativeBinding {
  configure(kind: SwitchKind | undefined, stackBytes: number): SwitchKind | undefined;
  /** Index of a new context that will run `main`; or which limit of the system stands against one. */
  create(main: () => void): number | string;
  /** Runs a suspended context until it suspends again. False when it has ended. */
  resume(index: number): boolean;
  /** Ends a suspended context without running more of its JavaScript. */
  discard(index: number): void;
  /** Gives stack pages that a suspended context does not use back to the system; not with kind `thread`. */
  trim(index: number): void;
  /**
   * Calls `onReady` once, from the event loop, when `fd` can be read or written or has an error. Returns a number for
   * unwatchFd(), or a libuv error, which is negative.
   */
  watchFd(fd: number, write: boolean, onReady: () => void): number;
  /** Nothing is called any more; for a watcher that has called, does nothing. */
  unwatchFd(watcher: number): void;
  /** Leaves the running context. `keepAsyncFrame`: come back with the AsyncLocalStorage frame of now. */
  suspend(keepAsyncFrame: boolean): void;
  /** Runs what V8 has still to do for this isolate. Before there is any context. */
  runPendingTasks(): void;
  /** Bytes of the running context's stack that are in use; 0 outside contexts. */
  stackUsed(): number;
  getAsyncFrame(): unknown;
  setAsyncFrame(frame: unknown): void;
  /** 0: pending, or no native promise; 1: fulfilled; 2: rejected. */
  promiseState(value: unknown): 0 | 1 | 2;
  /** The value or reason of a settled promise. */
  promiseResult(promise: unknown): unknown;
  /** How many milliseconds the last resume() took, and when it ended by the monotonic clock, in milliseconds. */
  readonly sliceClock: Float64Array;
}

let binding: NativeBinding | undefined;
let kind: SwitchKind | undefined;

/**
 * Which mechanism switches stacks here: `'id'` (default), `'tls'` or `'thread'`; see docs/how-it-works.md.
 * The environment variable `GREENROOM_SWITCH` forces one. Never suspends.
 *
 * @throws `GREEN_ERR_ADDON_UNSUPPORTED` where greenroom cannot run.
 * @throws `GREEN_ERR_OPT_INVALID` when `GREENROOM_SWITCH` names no mechanism.
 */
export function switchKind(): SwitchKind {
  loadBinding();
  return kind as SwitchKind;
}

export function loadBinding(): NativeBinding {
  if (binding !== undefined) return binding;
  const forced = process.env['GREENROOM_SWITCH'] || undefined;
  if (forced !== undefined && !SWITCH_KINDS.includes(forced)) {
    throw new InvalidOptionError('GREENROOM_SWITCH', "one of 'id', 'tls', 'thread'", forced);
  }
  const loaded = requireAddon();
  kind = loaded.configure(forced as SwitchKind | undefined, contextStackBytes());
  if (kind === undefined) {
    throw new AddonUnsupportedError(
      forced === undefined ? 'no way to switch stacks works' : `the switch kind '${forced}' does not work`,
      forced === undefined
        ? 'Use Linux on x86-64 or arm64, or macOS; elsewhere write the handler as an async function.'
        : 'Unset GREENROOM_SWITCH to let greenroom choose.',
    );
  }
  binding = loaded;
  return loaded;
}

function requireAddon(): NativeBinding {
  const require = createRequire(import.meta.url);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  try {
    const load = require('node-gyp-build') as (directory: string) => NativeBinding;
    return load(root);
  } catch (error) {
    if (process.platform === 'win32') {
      throw new AddonUnsupportedError('Windows is not supported', 'Use Linux or macOS, or WSL.', error);
    }
    throw new AddonUnsupportedError(
      `no native addon for Node ABI ${process.versions.modules} could be loaded from ${root}`,
      'Install a compiler (Debian: apt-get install -y python3 make g++; macOS: xcode-select --install) ' +
        'and run: npm rebuild greenroom',
      error,
    );
  }
}
