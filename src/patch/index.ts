// greenroom/patch: code that was written as blocking, made green without a change to it. As a preload it patches the whole
// process; see preload.ts.

import { patchBlocking } from './patch-blocking.ts';
import { isPreload } from './preload.ts';

export { exclusive } from './exclusive.ts';
export { getOriginal } from './get-original.ts';
export type { BuiltinOptions } from './green-builtins.ts';
export { greenImport } from './green-import.ts';
export { greenRequire } from './green-require.ts';
export type { Patch, PatchReport } from './patch.ts';
export { isPatched, PATCH_DEFAULTS, type PatchOptions, patchBlocking } from './patch-blocking.ts';
export type { PatchedCalls } from './patched-function.ts';
export { SCOPE_DEFAULTS, type ScopeOptions } from './scope-options.ts';

if (isPreload(import.meta.url)) patchBlocking();
