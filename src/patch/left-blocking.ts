// What a patch of the whole process leaves blocking, because Node itself calls the public functions: for its output, and
// for source maps, at times when nobody else may run.

/** Never patched: console.log() to a file, and the process's last words, go through them. */
export const NEVER_PATCHED: Readonly<Record<string, readonly string[]>> = {
  fs: ['writeSync', 'writevSync'],
};

const READS_FILES: ReadonlySet<string> = new Set([
  'accessSync',
  'existsSync',
  'lstatSync',
  'openSync',
  'readFileSync',
  'readlinkSync',
  'realpathSync',
  'statSync',
]);

const CODE = /\.(?:map|[cm]?[jt]sx?|node)$/;

/** Whether a call must block: it may be the loader's, or a source map's, which are read while a stack is formatted. */
export function blocksFor(module: string, name: string): ((args: readonly unknown[]) => boolean) | null {
  if (module !== 'fs' || !READS_FILES.has(name)) return null;
  return ([path]) => {
    if (path instanceof URL) return CODE.test(path.pathname);
    return typeof path === 'string' && CODE.test(path);
  };
}
