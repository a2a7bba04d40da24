// What patchBlocking() and undo() warn of.

import { shortName } from './late-copies.ts';

export function warnLateCopies(files: readonly string[]): void {
  const modules = files.length === 1 ? '1 loaded module has' : `${files.length} loaded modules have`;
  process.emitWarning(
    `${modules} taken blocking functions out of Node's modules before patchBlocking() was called, and will go on blocking. ` +
      'Patch before they are loaded: node --import greenroom/patch.',
    { code: 'GREEN_WARN_PATCH_LATE', detail: files.map(shortName).join('\n') },
  );
}

export function warnPatchedAgain(): void {
  process.emitWarning(
    'patchBlocking() was called again with other options: what they ask for is patched besides, and undo() of either ' +
      'takes all of it back.',
    { code: 'GREEN_WARN_PATCH_AGAIN' },
  );
}

export function warnPatchedOver(names: readonly string[]): void {
  process.emitWarning(
    `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} replaced by other code after patchBlocking(), and ` +
      'undo() left that in place. What it calls is no longer green.',
    { code: 'GREEN_WARN_PATCH_OVER' },
  );
}
