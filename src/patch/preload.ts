// `node --import greenroom/patch app.js`: named as a preload, the module patches at once; imported by code, it only gives the
// functions. As Python's `python -m gevent.monkey`.

import { realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGE_PATH = 'greenroom/patch';
const FLAG = /^(?:--import|--require|-r)(?:=(.*))?$/;

/** Whether one of the process's preload flags names `entry`, the URL of a module. */
export function isPreload(entry: string): boolean {
  return [...preloads(process.execArgv), ...preloads(words(process.env['NODE_OPTIONS'] ?? ''))].some((name) => {
    return name === PACKAGE_PATH || name === entry || isSameFile(name, entry);
  });
}

/** The modules that these arguments of Node's preload. */
export function preloads(args: readonly string[]): string[] {
  const names: string[] = [];
  args.forEach((arg, at) => {
    const match = FLAG.exec(arg);
    const name = match === null ? undefined : (match[1] ?? args[at + 1]);
    if (name !== undefined) names.push(name);
  });
  return names;
}

/** NODE_OPTIONS as arguments: split at spaces, but not within double quotes. */
function words(text: string): string[] {
  return (text.match(/(?:"(?:\\.|[^"\\])*"|\S)+/g) ?? []).map((word) => word.replaceAll(/"((?:\\.|[^"\\])*)"/g, '$1'));
}

function isSameFile(name: string, entry: string): boolean {
  if (!/^(?:[./\\]|[A-Za-z]:)/.test(name)) return false;
  try {
    return realpathSync(new URL(name, `${pathToFileURL(process.cwd()).href}/`)) === realpathSync(fileURLToPath(entry));
  } catch {
    return false; // another module, and perhaps not even a file
  }
}
