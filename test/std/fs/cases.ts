// The cases of parity.test.ts. `suspends` is what holds by default; with `functions: 'all'` more do.

import type fs from 'node:fs';
import { closeSync, constants, linkSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { NODE_MAJOR } from '../../support/child.ts';
import type { ParityCase } from '../parity/parity.ts';

export type FsCase = ParityCase<typeof fs>;

const BIG = 300_000;
const big = (letter = 'b'): string => letter.repeat(BIG);
const at =
  (...parts: readonly string[]) =>
  (tmp: string): string =>
    join(tmp, ...parts);
const a = at('a');

/** a (small), big, d/{a,e/{c,f/g}}, link -> a, dlink -> d, dangling, folder (empty). */
export function tree(tmp: string): void {
  mkdirSync(join(tmp, 'd/e/f'), { recursive: true });
  mkdirSync(join(tmp, 'folder'));
  for (const name of ['a', 'd/a', 'd/e/c', 'd/e/f/g']) writeFileSync(join(tmp, name), `content of ${name}: ä`);
  writeFileSync(join(tmp, 'big'), big());
  symlinkSync('a', join(tmp, 'link'));
  symlinkSync('d', join(tmp, 'dlink'));
  symlinkSync('nowhere', join(tmp, 'dangling'));
}

/** A case over the tree. */
function on(call: string, name: string, args: (tmp: string) => readonly unknown[], more: Partial<FsCase> = {}): FsCase {
  return { name, call, args, setup: tree, ...more };
}

/** A case with a descriptor, which is closed afterwards. */
function withFd(
  name: string,
  flags: string,
  file: string,
  use: (fs_: typeof fs, fd: number) => unknown,
  more: Partial<FsCase> = {},
): FsCase {
  const call: FsCase['call'] = (module, tmp) => {
    const fd = openSync(join(tmp, file), flags);
    try {
      return use(module, fd);
    } finally {
      closeSync(fd);
    }
  };
  return { name, call, setup: tree, ...more };
}

const ENCODINGS = ['utf8', 'latin1', 'hex', 'base64', 'base64url', 'ucs2', 'ascii', 'binary', 'UTF-8'];

const readFile: readonly FsCase[] = [
  on('readFileSync', 'a small file', (t) => [a(t)], { suspends: false }),
  on('readFileSync', 'a big file', (t) => [at('big')(t)], { suspends: true }),
  on('readFileSync', 'null for options', (t) => [at('big')(t), null], { suspends: true }),
  on('readFileSync', 'undefined for options', (t) => [at('big')(t), undefined], { suspends: true }),
  on('readFileSync', 'encoding null', (t) => [at('big')(t), { encoding: null }], { suspends: true }),
  on('readFileSync', "encoding 'buffer'", (t) => [at('big')(t), 'buffer'], { code: 'ERR_UNKNOWN_ENCODING' }),
  on('readFileSync', 'a URL', (t) => [pathToFileURL(at('big')(t)), 'utf8'], { suspends: true }),
  on('readFileSync', 'a path in bytes', (t) => [Buffer.from(at('big')(t))], { suspends: true }),
  on('readFileSync', 'through links', (t) => [at('dlink', '..', 'link')(t), 'utf8']),
  on('readFileSync', 'more arguments than it takes', (t) => [at('big')(t), 'utf8', 1, () => {}], { suspends: true }),
  on('readFileSync', 'an aborted signal, which it does not know', (t) => [
    at('big')(t),
    { encoding: 'utf8', signal: AbortSignal.abort() },
  ]),
  on('readFileSync', 'flag r+', (t) => [at('big')(t), { flag: 'r+' }], { suspends: true }),
  on('readFileSync', 'a numeric flag', (t) => [at('big')(t), { flag: constants.O_RDONLY }]),
  on('readFileSync', 'flag a+ of no file', (t) => [at('new')(t), { flag: 'a+' }]),
  on('readFileSync', 'a bad flag', (t) => [at('big')(t), { flag: 'q' }], { code: 'ERR_INVALID_ARG_VALUE' }),
  on('readFileSync', 'a bad encoding', (t) => [at('big')(t), 'bad'], { code: 'ERR_INVALID_ARG_VALUE' }),
  on('readFileSync', 'a bad encoding in options', (t) => [at('big')(t), { encoding: 7 }], {
    code: 'ERR_INVALID_ARG_VALUE',
  }),
  on('readFileSync', 'options of a wrong type', (t) => [at('big')(t), 7], { code: 'ERR_INVALID_ARG_TYPE' }),
  on('readFileSync', 'a function for options', (t) => [at('big')(t), () => {}]),
  on('readFileSync', 'no file', (t) => [at('no')(t)], { code: 'ENOENT' }),
  on('readFileSync', 'a directory', (t) => [at('d')(t)], { code: 'EISDIR' }),
  on('readFileSync', 'below a file', (t) => [at('a', 'b')(t)], { code: 'ENOTDIR' }),
  on('readFileSync', 'a dangling link', (t) => [at('dangling')(t)], { code: 'ENOENT' }),
  on('readFileSync', 'a null byte', () => ['a\0b'], { code: 'ERR_INVALID_ARG_VALUE' }),
  on('readFileSync', 'an http URL', () => [new URL('http://localhost/a')], { code: 'ERR_INVALID_URL_SCHEME' }),
  on('readFileSync', 'the empty path', () => [''], { code: 'ENOENT' }),
  on('readFileSync', 'a closed descriptor', () => [9999], { code: 'EBADF' }),
  ...[undefined, null, {}, true, 1.5, Number.NaN].map((path) =>
    on('readFileSync', `path ${String(path)}`, () => [path], { code: 'ERR_INVALID_ARG_TYPE' }),
  ),
  on('readFileSync', 'a negative descriptor', () => [-1], { code: 'ERR_OUT_OF_RANGE' }),
  ...ENCODINGS.map((encoding) =>
    on('readFileSync', `encoding ${encoding}`, (t) => [at('big')(t), encoding], { suspends: true }),
  ),
  withFd('reads from where a descriptor is', 'r', 'big', (f, fd) => {
    const first = Buffer.alloc(7);
    f.readSync(fd, first);
    return [first, f.readFileSync(fd, 'utf8').length, f.readFileSync(fd)];
  }),
  withFd('reads a descriptor that is open for writing', 'w', 'new', (f, fd) => f.readFileSync(fd), { code: 'EBADF' }),
];

const writeFile: readonly FsCase[] = ['writeFileSync', 'appendFileSync'].flatMap((call) => {
  const suspends = true;
  return [
    on(call, 'text', (t) => [a(t), big('t')], { suspends }),
    on(call, 'a new file', (t) => [at('new')(t), big('ä')], { suspends }),
    on(call, 'bytes', (t) => [a(t), Buffer.from(big())], { suspends }),
    on(call, 'a part of an ArrayBuffer', (t) => [a(t), new Uint16Array(new ArrayBuffer(BIG), 2, 50_000).fill(513)], {
      suspends,
    }),
    on(call, 'a DataView', (t) => [a(t), new DataView(new ArrayBuffer(BIG))], { suspends }),
    on(call, 'an encoding', (t) => [a(t), big('6'), 'hex'], { suspends }),
    on(call, 'a mode', (t) => [at('new')(t), big(), { mode: 0o600 }], { suspends }),
    on(call, 'a mode in text', (t) => [at('new')(t), big(), { mode: '640' }], { suspends }),
    on(call, 'an aborted signal, which it does not know', (t) => [a(t), big(), { signal: AbortSignal.abort() }], {
      suspends,
    }),
    on(call, 'flag wx of a file', (t) => [a(t), big(), { flag: 'wx' }], { suspends, code: 'EEXIST' }),
    on(call, 'flag wx of none', (t) => [at('new')(t), big(), { flag: 'wx' }], { suspends }),
    on(call, 'flag r+', (t) => [at('big')(t), 'start', { flag: 'r+' }]),
    on(call, 'a URL', (t) => [pathToFileURL(a(t)), big()], { suspends }),
    on(call, 'through a link', (t) => [at('link')(t), big()], { suspends }),
    on(call, 'through a dangling link', (t) => [at('dangling')(t), big()], { suspends }),
    on(call, 'flush', (t) => [a(t), big(), { flush: true }], { suspends }),
    on(call, 'flush of a wrong type', (t) => [a(t), big(), { flush: 'yes' }], { code: 'ERR_INVALID_ARG_TYPE' }),
    on(call, 'nothing', (t) => [a(t), '']),
    on(call, 'a directory', (t) => [at('d')(t), big()], { code: 'EISDIR' }),
    on(call, 'in no directory', (t) => [at('no', 'x')(t), big()], { code: 'ENOENT', suspends }),
    on(call, 'below a file', (t) => [at('a', 'x')(t), big()], { code: 'ENOTDIR' }),
    on(call, 'a closed descriptor', () => [9999, big()], { code: 'EBADF' }),
    on(call, 'a bad encoding', (t) => [a(t), big(), 'bad'], { code: 'ERR_INVALID_ARG_VALUE' }),
    on(call, 'a bad mode', (t) => [a(t), big(), { mode: 'rw' }], { code: 'ERR_INVALID_ARG_VALUE' }),
    on(call, 'options of a wrong type', (t) => [a(t), big(), true], { code: 'ERR_INVALID_ARG_TYPE' }),
    on(call, 'a null byte', () => ['a\0b', big()], { code: 'ERR_INVALID_ARG_VALUE' }),
    ...[undefined, null, 7, {}, [big()], true].map((data) =>
      on(call, `data ${JSON.stringify(data)?.slice(0, 9)}`, (t) => [a(t), data], { code: 'ERR_INVALID_ARG_TYPE' }),
    ),
    on(call, 'an object with toString()', (t) => [a(t), { toString: () => big() }], { code: 'ERR_INVALID_ARG_TYPE' }),
    withFd(
      `${call} to a descriptor`,
      'r+',
      'big',
      (f, fd) => (f as never as Record<string, (...x: unknown[]) => void>)[call]?.(fd, big('n')),
      { suspends },
    ),
    withFd(
      `${call} to a descriptor for reading`,
      'r',
      'big',
      (f, fd) => (f as never as Record<string, (...x: unknown[]) => void>)[call]?.(fd, big('n')),
      { code: 'EBADF', suspends },
    ),
  ];
});

const appendSmall = on('appendFileSync', 'a little', (t) => [a(t), 'more'], { suspends: false });

const copies: readonly FsCase[] = [
  on('copyFileSync', 'a file', (t) => [at('big')(t), at('new')(t)], { suspends: true }),
  on('copyFileSync', 'over a file', (t) => [at('big')(t), a(t), 0], { suspends: true }),
  on('copyFileSync', 'onto itself', (t) => [a(t), a(t)], { suspends: true }),
  on('copyFileSync', 'COPYFILE_EXCL', (t) => [at('big')(t), a(t), constants.COPYFILE_EXCL], {
    code: 'EEXIST',
    suspends: true,
  }),
  on('copyFileSync', 'COPYFILE_FICLONE', (t) => [at('big')(t), a(t), constants.COPYFILE_FICLONE], { suspends: true }),
  on('copyFileSync', 'no file', (t) => [at('no')(t), a(t)], { code: 'ENOENT' }),
  on('copyFileSync', 'into no directory', (t) => [a(t), at('no', 'a')(t)], { code: 'ENOENT', suspends: true }),
  on('copyFileSync', 'onto a directory', (t) => [a(t), at('d')(t)], { code: 'EISDIR' }),
  on('copyFileSync', 'a bad mode', (t) => [a(t), at('new')(t), 99], { code: 'ERR_OUT_OF_RANGE' }),
  on('copyFileSync', 'a mode of a wrong type', (t) => [a(t), at('new')(t), 'r'], { code: 'ERR_INVALID_ARG_TYPE' }),
  on('copyFileSync', 'no target', (t) => [a(t)], { code: 'ERR_INVALID_ARG_TYPE' }),
  on('cpSync', 'a tree', (t) => [at('d')(t), at('new')(t), { recursive: true }], { suspends: true }),
  on('cpSync', 'a tree into a tree', (t) => [at('d')(t), at('folder')(t), { recursive: true }], { suspends: true }),
  on('cpSync', 'a tree with links', (t) => [at('d')(t), at('new')(t), { recursive: true }], {
    setup: (t) => {
      tree(t);
      symlinkSync('a', join(t, 'd/relative'));
      symlinkSync(join(t, 'a'), join(t, 'd/absolute'));
      symlinkSync('nowhere', join(t, 'd/dangling'));
    },
  }),
  on(
    'cpSync',
    'a tree with links, verbatim',
    (t) => [at('d')(t), at('new')(t), { recursive: true, verbatimSymlinks: true }],
    {
      setup: (t) => {
        tree(t);
        symlinkSync('a', join(t, 'd/relative'));
        symlinkSync('e', join(t, 'd/folder'));
      },
    },
  ),
  on(
    'cpSync',
    'a tree with links, followed',
    (t) => [at('d')(t), at('new')(t), { recursive: true, dereference: true }],
    {
      setup: (t) => {
        tree(t);
        symlinkSync('a', join(t, 'd/relative'));
        symlinkSync('e', join(t, 'd/folder'));
      },
    },
  ),
  on('cpSync', 'a file', (t) => [at('big')(t), at('new')(t)], { suspends: true }),
  on('cpSync', 'a file over a file', (t) => [at('big')(t), a(t)], { suspends: true }),
  on('cpSync', 'a file over a file, not by force', (t) => [at('big')(t), a(t), { force: false }], { suspends: true }),
  on('cpSync', 'a file to a new folder', (t) => [a(t), at('x', 'y', 'a')(t)], { suspends: true }),
  on(
    'cpSync',
    'errorOnExist',
    (t) => [at('d')(t), at('folder')(t), { recursive: true, force: false, errorOnExist: true }],
    {
      ...(NODE_MAJOR >= 26 && { code: 'ERR_FS_CP_EEXIST' }),
    },
  ),
  on('cpSync', 'errorOnExist that exists', (t) => [a(t), at('big')(t), { force: false, errorOnExist: true }], {
    code: 'ERR_FS_CP_EEXIST',
  }),
  on(
    'cpSync',
    'a filter',
    (t) => [at('d')(t), at('new')(t), { recursive: true, filter: (f: string) => !f.endsWith('c') }],
    { suspends: false },
  ),
  on('cpSync', 'preserveTimestamps', (t) => [at('d')(t), at('new')(t), { recursive: true, preserveTimestamps: true }], {
    suspends: true,
  }),
  on('cpSync', 'a tree, not recursively', (t) => [at('d')(t), at('new')(t)], { code: 'ERR_FS_EISDIR' }),
  on('cpSync', 'a tree into itself', (t) => [at('d')(t), at('d', 'e', 'h')(t), { recursive: true }], {
    code: 'ERR_FS_CP_EINVAL',
  }),
  on('cpSync', 'a tree over a file', (t) => [at('d')(t), a(t), { recursive: true }], {
    code: 'ERR_FS_CP_DIR_TO_NON_DIR',
  }),
  on('cpSync', 'a file over a tree', (t) => [a(t), at('d')(t)], { code: 'ERR_FS_CP_NON_DIR_TO_DIR' }),
  on('cpSync', 'a file over itself', (t) => [a(t), a(t)], { code: 'ERR_FS_CP_EINVAL' }),
  on('cpSync', 'a file over another name of itself', (t) => [a(t), at('hard')(t)], {
    code: 'ERR_FS_CP_EINVAL',
    setup: (t) => {
      tree(t);
      linkSync(join(t, 'a'), join(t, 'hard'));
    },
  }),
  on('cpSync', 'a tree over a link to it', (t) => [at('d')(t), at('dlink')(t), { recursive: true }], {
    show: () => 0,
    ...{ code: 'ERR_FS_CP_EINVAL' },
    node: 22,
  }),
  on('cpSync', 'a link', (t) => [at('link')(t), at('new')(t)]),
  on('cpSync', 'nothing', (t) => [at('no')(t), at('new')(t)], { code: 'ENOENT' }),
  on('cpSync', 'recursive of a wrong type', (t) => [at('d')(t), at('new')(t), { recursive: 1 }], {
    code: 'ERR_INVALID_ARG_TYPE',
  }),
  on(
    'cpSync',
    'two options that do not go together',
    (t) => [at('d')(t), at('new')(t), { recursive: true, dereference: true, verbatimSymlinks: true }],
    { code: 'ERR_INCOMPATIBLE_OPTION_PAIR' },
  ),
  on('cpSync', 'no target', (t) => [a(t)], { code: 'ERR_INVALID_ARG_TYPE' }),
];

const trees: readonly FsCase[] = [
  on('rmSync', 'a tree', (t) => [at('d')(t), { recursive: true }], { suspends: true }),
  on('rmSync', 'a tree by a link', (t) => [at('dlink')(t), { recursive: true }]),
  on('rmSync', 'a file', (t) => [a(t)], { suspends: false }),
  on('rmSync', 'nothing', (t) => [at('no')(t), { recursive: true }], { code: 'ENOENT' }),
  on('rmSync', 'nothing, by force', (t) => [at('no')(t), { recursive: true, force: true }]),
  on('rmSync', 'a tree, not recursively', (t) => [at('d')(t)], { code: 'ERR_FS_EISDIR' }),
  on('rmSync', 'recursive of a wrong type', (t) => [at('d')(t), { recursive: 1 }], { code: 'ERR_INVALID_ARG_TYPE' }),
  on('rmSync', 'maxRetries of a wrong type', (t) => [at('d')(t), { recursive: true, maxRetries: 'x' }], {
    code: 'ERR_INVALID_ARG_TYPE',
  }),
  on('readdirSync', 'names', (t) => [t], { suspends: false }),
  on('readdirSync', 'a tree', (t) => [t, { recursive: true }], { suspends: NODE_MAJOR >= 22 }),
  on('readdirSync', 'a tree in bytes', (t) => [t, { recursive: true, encoding: 'buffer' }], {
    ...(NODE_MAJOR < 26 && { code: 'ERR_INVALID_ARG_TYPE' }), // a bug of theirs
  }),
  on('readdirSync', 'a tree with types', (t) => [t, { recursive: true, withFileTypes: true }], {
    suspends: NODE_MAJOR >= 22,
  }),
  on('readdirSync', 'nothing', (t) => [at('no')(t), { recursive: true }], { code: 'ENOENT' }),
  on('readdirSync', 'a file', (t) => [a(t), { recursive: true }], { code: 'ENOTDIR' }),
  on('readdirSync', 'recursive of a wrong type', (t) => [t, { recursive: 'x' }], { code: 'ERR_INVALID_ARG_TYPE' }),
  on('globSync', 'a pattern', (t) => ['**/*', { cwd: t }], { node: 22, suspends: true }),
  on('globSync', 'patterns', (t) => [['d/*', 'a'], { cwd: t }], { node: 22, suspends: true }),
  on('globSync', 'nothing', (t) => ['*.no', { cwd: t }], { node: 22, suspends: true, expected: [] }),
  on('globSync', 'types', (t) => ['*', { cwd: t, withFileTypes: true }], {
    node: 22,
    suspends: true,
    show: (found: { name: string }[]) => found.map(({ name }) => name).toSorted(),
  }),
  on('globSync', 'exclude', (t) => ['**/*', { cwd: t, exclude: (name: string) => name === 'e' }], {
    node: 22,
    suspends: false,
  }),
  on('globSync', 'no pattern', () => [7], { node: 22, code: 'ERR_INVALID_ARG_TYPE' }),
];

const descriptors: readonly FsCase[] = [
  on('truncateSync', 'to nothing', (t) => [at('big')(t)], { suspends: true }),
  on('truncateSync', 'to a length', (t) => [at('big')(t), 5], { suspends: true }),
  on('truncateSync', 'to more', (t) => [a(t), 500], { suspends: true }),
  on('truncateSync', 'to less than nothing', (t) => [a(t), -5]),
  on('truncateSync', 'to a fraction', (t) => [a(t), 1.5], { code: 'ERR_OUT_OF_RANGE' }),
  on('truncateSync', 'to text', (t) => [a(t), '5'], { code: 'ERR_INVALID_ARG_TYPE' }),
  on('truncateSync', 'no file', (t) => [at('no')(t)], { code: 'ENOENT' }),
  on('truncateSync', 'a directory', (t) => [at('d')(t)], { code: 'EISDIR' }),
  withFd('ftruncateSync', 'r+', 'big', (f, fd) => f.ftruncateSync(fd, 9), { suspends: true }),
  withFd('ftruncateSync to nothing', 'r+', 'big', (f, fd) => f.ftruncateSync(fd), { suspends: true }),
  withFd('ftruncateSync to less', 'r+', 'big', (f, fd) => f.ftruncateSync(fd, -9)),
  withFd('ftruncateSync for reading', 'r', 'big', (f, fd) => f.ftruncateSync(fd, 9), {
    code: 'EINVAL',
    suspends: true,
  }),
  withFd('ftruncateSync to text', 'r+', 'big', (f, fd) => f.ftruncateSync(fd, '9' as never), {
    code: 'ERR_INVALID_ARG_TYPE',
  }),
  withFd('fsyncSync', 'r+', 'big', (f, fd) => f.fsyncSync(fd), { suspends: true }),
  withFd('fdatasyncSync', 'r+', 'big', (f, fd) => f.fdatasyncSync(fd), { suspends: true }),
  ...['fsyncSync', 'fdatasyncSync', 'ftruncateSync'].flatMap((call) => [
    on(call, 'a closed descriptor', () => [9999], { code: 'EBADF' }),
    on(call, 'no number', () => ['1'], { code: 'ERR_INVALID_ARG_TYPE' }),
    on(call, 'a negative one', () => [-1], { code: 'ERR_OUT_OF_RANGE' }),
    on(call, 'a fraction', () => [1.5], { code: 'ERR_OUT_OF_RANGE' }),
  ]),
  withFd(
    'readSync of a file',
    'r',
    'a',
    (f, fd) => {
      const bytes = Buffer.alloc(8);
      return [f.readSync(fd, bytes), bytes];
    },
    { suspends: false },
  ),
];

export const DATA_CASES: readonly FsCase[] = [
  ...readFile,
  ...writeFile,
  appendSmall,
  ...copies,
  ...trees,
  ...descriptors,
];

const stats = (call: string): readonly FsCase[] => [
  on(call, 'a file', (t) => [at('link')(t)], { suspends: true }),
  on(call, 'bigint', (t) => [a(t), { bigint: true }], { suspends: true }),
  on(call, 'nothing', (t) => [at('no')(t)], { suspends: true, code: 'ENOENT' }),
  on(call, 'nothing, without an error', (t) => [at('no')(t), { throwIfNoEntry: false }], { suspends: true }),
  on(call, 'below a file, without an error', (t) => [at('a', 'b')(t), { throwIfNoEntry: false }], {
    suspends: true,
    ...((NODE_MAJOR < 22 || call === 'lstatSync') && { code: 'ENOTDIR' }),
  }),
  on(call, 'no path', () => [7], { code: 'ERR_INVALID_ARG_TYPE' }),
];

/** Read in one call, whatever its arguments. */
function reading(name: string, ...rest: readonly unknown[]): FsCase {
  return withFd(`readSync ${name}`, 'r', 'a', (f, fd) => {
    const bytes = Buffer.alloc(16, '.');
    const read = f.readSync as (...args: readonly unknown[]) => number;
    return [read(fd, bytes, ...rest), read(fd, bytes, ...rest), bytes];
  });
}

function writing(name: string, ...rest: readonly unknown[]): FsCase {
  return withFd(`writeSync ${name}`, 'r+', 'a', (f, fd) => {
    const write = f.writeSync as (...args: readonly unknown[]) => number;
    return [write(fd, ...rest), write(fd, ...rest)];
  });
}

const bytes = Buffer.from('0123456789');

/** With `functions: 'all'`. */
export const ALL_CASES: readonly FsCase[] = [
  ...DATA_CASES.map(({ suspends: _suspends, ...each }) => each),
  ...stats('statSync'),
  ...stats('lstatSync'),
  on('existsSync', 'a file', (t) => [a(t)], { suspends: true, expected: true }),
  on('existsSync', 'nothing', (t) => [at('no')(t)], { suspends: true, expected: false }),
  on('existsSync', 'no path', () => [{}], { expected: false }),
  on('accessSync', 'a file', (t) => [a(t), constants.R_OK], { suspends: true }),
  on('accessSync', 'nothing', (t) => [at('no')(t)], { suspends: true, code: 'ENOENT' }),
  on('accessSync', 'a bad mode', (t) => [a(t), 99], { code: 'ERR_OUT_OF_RANGE' }),
  on('mkdirSync', 'a folder', (t) => [at('new')(t)], { suspends: true }),
  on('mkdirSync', 'with a mode', (t) => [at('new')(t), 0o700], { suspends: true }),
  on('mkdirSync', 'a way', (t) => [at('x', 'y', 'z')(t), { recursive: true }], { suspends: true }),
  on('mkdirSync', 'a way that is there', (t) => [at('d', 'e')(t), { recursive: true }], { suspends: true }),
  on('mkdirSync', 'what is there', (t) => [at('d')(t)], { suspends: true, code: 'EEXIST' }),
  on('mkdtempSync', 'a folder', (t) => [at('x-')(t)], {
    suspends: true,
    show: (path: string) => path.slice(0, -6),
    teardown: () => {},
    call: (f, t) => {
      const made = f.mkdtempSync(join(t, 'x-'));
      f.rmdirSync(made);
      return made;
    },
  }),
  on('mkdtempSync', 'in nothing', (t) => [at('no', 'x-')(t)], { suspends: true, code: 'ENOENT' }),
  on('rmdirSync', 'a folder', (t) => [at('folder')(t)], { suspends: true }),
  on('rmdirSync', 'a full one', (t) => [at('d')(t)], { suspends: true, code: 'ENOTEMPTY' }),
  on('rmSync', 'a file, on a slow disk', (t) => [a(t)], { suspends: true }),
  on('unlinkSync', 'a file', (t) => [a(t)], { suspends: true }),
  on('unlinkSync', 'nothing', (t) => [at('no')(t)], { suspends: true, code: 'ENOENT' }),
  on('renameSync', 'a file', (t) => [a(t), at('new')(t)], { suspends: true }),
  on('renameSync', 'nothing', (t) => [at('no')(t), at('new')(t)], { suspends: true, code: 'ENOENT' }),
  on('linkSync', 'a file', (t) => [a(t), at('new')(t)], { suspends: true }),
  on('linkSync', 'onto a file', (t) => [a(t), at('big')(t)], { suspends: true, code: 'EEXIST' }),
  on('symlinkSync', 'a file', (t) => ['a', at('new')(t)], { suspends: true }),
  on('symlinkSync', 'a type', (t) => ['d', at('new')(t), 'dir'], { suspends: true }),
  on('symlinkSync', 'a bad type', (t) => ['d', at('new')(t), 'x'], {
    code: 'ERR_INVALID_ARG_VALUE',
    node: 24,
  }),
  on('readlinkSync', 'a link', (t) => [at('link')(t)], { suspends: true }),
  on('readlinkSync', 'in bytes', (t) => [at('link')(t), 'buffer'], { suspends: true }),
  on('readlinkSync', 'a file', (t) => [a(t)], { suspends: true, code: 'EINVAL' }),
  on('realpathSync', 'a link', (t) => [at('dlink', 'a')(t)], { suspends: true }),
  on('realpathSync', 'nothing', (t) => [at('no')(t)], { suspends: true, code: 'ENOENT' }),
  {
    name: 'realpathSync.native',
    call: (f, t) => f.realpathSync.native(join(t, 'dlink/a')),
    setup: tree,
    suspends: true,
  },
  {
    name: 'realpathSync.native of nothing',
    call: (f, t) => f.realpathSync.native(join(t, 'no')),
    setup: tree,
    suspends: true,
    code: 'ENOENT',
  },
  on('chmodSync', 'a mode', (t) => [a(t), 0o600], { suspends: true }),
  on('chmodSync', 'a mode in text', (t) => [a(t), '600'], { suspends: true }),
  on('chmodSync', 'a bad mode', (t) => [a(t), 'x'], { code: 'ERR_INVALID_ARG_VALUE' }),
  on('utimesSync', 'times', (t) => [a(t), 1, new Date(2000)], { suspends: true }),
  on('lutimesSync', 'times', (t) => [at('link')(t), 1, 2], { suspends: true }),
  on('statfsSync', 'a folder', (t) => [t], { suspends: true, show: (value: object) => Object.keys(value) }),
  on('readdirSync', 'names, on a slow disk', (t) => [t], { suspends: true }),
  on('readdirSync', 'with types', (t) => [t, { withFileTypes: true }], { suspends: true }),
  on('readFileSync', 'a small file, on a slow disk', (t) => [a(t)], { suspends: true }),
  on('appendFileSync', 'a little, on a slow disk', (t) => [a(t), 'x'], { suspends: true }),
  {
    name: 'opendirSync',
    call: (f, t) => {
      const dir = f.opendirSync(join(t, 'd'));
      const found = [dir.readSync()?.name, dir.readSync()?.name].toSorted();
      dir.closeSync();
      return [dir.constructor.name, found];
    },
    setup: tree,
    suspends: true,
  },
  on('opendirSync', 'nothing', (t) => [at('no')(t)], { suspends: true, code: 'ENOENT' }),
  on('openSync', 'nothing', (t) => [at('no')(t)], { suspends: true, code: 'ENOENT' }),
  on('openSync', 'bad flags', (t) => [a(t), 'q'], { code: 'ERR_INVALID_ARG_VALUE' }),
  {
    name: 'openSync, all calls with a descriptor, closeSync',
    call: (f, t) => {
      const fd = f.openSync(join(t, 'new'), 'w+', 0o640);
      f.fchmodSync(fd, 0o600);
      f.futimesSync(fd, 1, 2);
      const results = [f.writevSync(fd, [bytes, bytes]), f.writevSync(fd, [bytes], 3), f.fstatSync(fd).size];
      const into = [Buffer.alloc(3), Buffer.alloc(4)];
      results.push(f.readvSync(fd, into, 1));
      f.fsyncSync(fd);
      f.closeSync(fd);
      return [results, into];
    },
    setup: tree,
    suspends: true,
  },
  on('closeSync', 'a closed descriptor', () => [9999], { code: 'EBADF' }),
  on('closeSync', 'no number', () => ['1'], { code: 'ERR_INVALID_ARG_TYPE' }),
  reading('all'),
  reading('into a part', 2, 5),
  reading('with a position', 0, 5, 3),
  reading('with a big position', 0, 5, 3n),
  { ...reading('with three arguments', 4), code: 'ERR_INVALID_ARG_TYPE' },
  reading('with four arguments', 4, 2),
  reading('with undefined', undefined, undefined, undefined),
  reading('with options', { offset: 1, length: 3, position: 2 }),
  reading('with empty options', {}),
  reading('nothing', 0, 0),
  { ...reading('out of range', 0, 99), code: 'ERR_OUT_OF_RANGE' },
  { ...reading('from text', 'x', 1), code: 'ERR_INVALID_ARG_TYPE' },
  { ...reading('at a bad position', 0, 1, 'x'), code: 'ERR_INVALID_ARG_TYPE' },
  writing('bytes', bytes),
  writing('a part', bytes, 2, 3),
  writing('at a position', bytes, 2, 3, 5),
  writing('with options', bytes, { offset: 1, length: 3, position: 2 }),
  writing('with an offset', bytes, 4),
  writing('with nulls', bytes, null, null, null),
  writing('text', 'text'),
  writing('text at a position', 'text', 3),
  writing('text in hex', '616263', null, 'hex'),
  { ...writing('out of range', bytes, 0, 99), code: 'ERR_OUT_OF_RANGE' },
  { ...writing('no bytes', 7), code: 'ERR_INVALID_ARG_TYPE' },
  on('openAsBlobSync', 'a file', (t) => [a(t)], { node: 26, show: (blob: Blob) => [blob.size, blob.type] }),
];
