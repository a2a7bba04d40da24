// How each case is done. A use is prepared first, outside contexts and unmeasured; what it returns is then called in every
// context at once, and must return `expected`.

import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import zlib from 'node:zlib';

import { offloadModule } from 'greenroom/offload';
import { exclusive, greenImport, greenRequire } from 'greenroom/patch';

import { Child } from '../http/child.ts';
import type { Mode } from './cases.ts';

export interface Use {
  readonly call: (at: number) => unknown;
  readonly expected: unknown;
  readonly close?: () => Promise<void>;
}

const FROM = import.meta.url;
const requirePlain = createRequire(FROM);
const SLEEP = ['-c', 'sleep 0.2; echo $0', 'done'];
const SLOW_SERVER_URL = new URL('./slow-server.js', FROM);
const TREE_FILES = 16;
const FILE_BYTES = 1_000_000;
const MEGABYTES_OF_TEXT = 1.3;

/** The package as the mode has it: a copy of its own if it is the only green one. */
function load<T>(name: string, mode: Mode): T {
  return mode === 'scoped' ? greenRequire<T>(name, { from: FROM }) : (requirePlain(name) as T);
}

export const USES: Readonly<Record<string, (mode: Mode, folder: string) => Use | Promise<Use>>> = {
  async execa(mode) {
    const { execaSync } = await (mode === 'scoped'
      ? greenImport<typeof import('execa')>('execa', { from: FROM })
      : import('execa'));
    return { call: () => execaSync('sh', SLEEP).stdout, expected: 'done' };
  },

  'cross-spawn'(mode) {
    type Spawn = { sync: (file: string, args: string[], options: object) => { stdout: string } };
    const spawn = load<Spawn>('cross-spawn', mode);
    return { call: () => spawn.sync('sh', SLEEP, { encoding: 'utf8' }).stdout, expected: 'done\n' };
  },

  shelljs(mode) {
    type Shell = { config: { silent: boolean }; exec: (command: string) => { stdout: string } };
    const shell = load<Shell>('shelljs', mode);
    shell.config.silent = true;
    return { call: () => shell.exec('sleep 0.2; echo done').stdout, expected: 'done\n' };
  },

  async 'sync-request'(mode) {
    const request = load<(method: string, url: string) => { getBody: () => Buffer }>('sync-request', mode);
    const { child, ready } = await Child.start<never, never, { port: number }>(SLOW_SERVER_URL, []);
    const call = () => String(request('GET', `http://127.0.0.1:${ready.port}/`).getBody());
    return { call, expected: 'answered', close: () => child.close() };
  },

  jsonwebtoken(mode) {
    type Jwt = { sign: (payload: object, key: string, options: object) => string };
    const jwt = load<Jwt>('jsonwebtoken', mode);
    const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 4096 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const sign = () => jwt.sign({ iat: 1 }, pem, { algorithm: 'RS256' });
    return { call: () => Array.from({ length: 10 }, sign).at(-1), expected: sign() };
  },

  'fs-extra'(mode, folder) {
    type FsExtra = { copySync: (from: string, to: string) => void; removeSync: (path: string) => void };
    const { copySync, removeSync } = load<FsExtra>('fs-extra', mode);
    return treeUse(folder, copySync, removeSync);
  },

  fs(_mode, folder) {
    return treeUse(
      folder,
      (from, to) => fs.cpSync(from, to, { recursive: true }),
      (path) => fs.rmSync(path, { recursive: true }),
    );
  },

  zlib() {
    const words = Array.from({ length: 4000 }, (_, at) => crypto.createHash('sha1').update(`${at}`).digest('base64'));
    let text = '';
    for (let at = 0; text.length < MEGABYTES_OF_TEXT * 1e6; at = (at * 31 + 7) % 3989) text += `${words[at]} `;
    return { call: () => zlib.gzipSync(text).length, expected: zlib.gzipSync(text).length };
  },

  crypto() {
    const call = () => crypto.pbkdf2Sync('password', 'salt', 200_000, 64, 'sha512').toString('hex');
    return { call, expected: call() };
  },

  Atomics() {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    return { call: () => Atomics.wait(cell, 0, 0, 200), expected: 'timed-out' };
  },

  async synckit() {
    const { createSyncFn } = await import('synckit');
    const double = exclusive(createSyncFn<(n: number) => Promise<number>>(new URL('./synckit-worker.js', FROM)));
    double(0); // starts the thread
    return { call: (at) => double(at) === at * 2, expected: true };
  },

  bcryptjs(mode) {
    const local = requirePlain('bcryptjs') as typeof import('bcryptjs');
    const bcrypt = mode === 'offload' ? offloadModule<typeof import('bcryptjs')>('bcryptjs', { from: FROM }) : local;
    const salt = local.genSaltSync(11);
    return { call: () => bcrypt.hashSync('password', salt), expected: local.hashSync('password', salt) };
  },
};

/** Copies a tree and removes the copy; gives how large the copied files were. */
function treeUse(folder: string, copy: (from: string, to: string) => void, remove: (path: string) => void): Use {
  const from = join(folder, 'from');
  for (let at = 0; at < TREE_FILES; at++) {
    fs.mkdirSync(join(from, `${at}`), { recursive: true });
    fs.writeFileSync(join(from, `${at}`, 'data'), crypto.randomBytes(FILE_BYTES));
  }
  const call = (context: number) => {
    const to = join(folder, `to-${context}`);
    copy(from, to);
    let bytes = 0;
    for (let at = 0; at < TREE_FILES; at++) bytes += fs.statSync(join(to, `${at}`, 'data')).size;
    remove(to);
    return fs.existsSync(to) ? -1 : bytes;
  };
  return { call, expected: TREE_FILES * FILE_BYTES };
}
