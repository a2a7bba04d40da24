// What a blocking function takes of the event loop, and what its green twin does, in microseconds per call: the figures that
// decide what is green, and from which size on. And the way to a worker thread and back.
//
//   npm run bench:std
//
// Each pair runs in alternation, the green calls in 20 contexts at once; the median of the rounds is printed. The loop's time
// is what is not spent waiting for events (performance.eventLoopUtilization()).

import crypto from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import zlib from 'node:zlib';

import { run } from 'greenroom';
import { offload } from 'greenroom/offload';
import { createGreenCrypto } from 'greenroom/std/crypto';
import { createGreenFs } from 'greenroom/std/fs';
import { createGreenZlib } from 'greenroom/std/zlib';

import { median } from '../http/stats.ts';

const CONTEXTS = 20;
const ROUNDS = 7;
const ROUND_US = 40_000; // about, of blocking
const NAME_WIDTH = 36;

const folder = fs.mkdtempSync(join(tmpdir(), 'greenroom-bench-'));
const greenFs = createGreenFs({ functions: 'all' }).namespace;
const greenCrypto = createGreenCrypto({ sign: 'all', min: { random: 0 } }).namespace;
const greenZlib = createGreenZlib({ min: { gzip: 0, brotli: 0, gunzip: 0 } }).namespace;

/** JSON, as an API sends it. */
function bytes(size: number): Buffer {
  let text = '';
  for (let id = 0; text.length < size; id++)
    text += `{"id":${id},"name":"user ${id}","token":"${crypto.randomUUID()}"}\n`;
  return Buffer.from(text).subarray(0, size);
}
const file = (size: number): string => {
  const path = join(folder, `${size}`);
  fs.writeFileSync(path, bytes(size));
  return path;
};
const [text1k, text16k, text1m] = [bytes(1024), bytes(16_384), bytes(1_048_576)];
const [small, middle, large] = [file(1024), file(65_536), file(1_048_576)];
const target = join(folder, 'target');
const zipped = zlib.gzipSync(bytes(4_000_000));
const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

type Modules = { fs: typeof fs; crypto: typeof crypto; zlib: typeof zlib };
const CASES: Readonly<Record<string, (modules: Modules) => unknown>> = {
  statSync: ({ fs }) => fs.statSync(small),
  'readFileSync, 64 KiB': ({ fs }) => fs.readFileSync(middle),
  'readFileSync, 1 MiB': ({ fs }) => fs.readFileSync(large),
  'writeFileSync, 1 KiB': ({ fs }) => fs.writeFileSync(target, text1k),
  'writeFileSync, 1 MiB': ({ fs }) => fs.writeFileSync(target, text1m),
  'copyFileSync, 1 MiB': ({ fs }) => fs.copyFileSync(large, target),
  'pbkdf2Sync, 1,000 rounds': ({ crypto }) => crypto.pbkdf2Sync('secret', 'salt', 1000, 32, 'sha256'),
  scryptSync: ({ crypto }) => crypto.scryptSync('secret', 'salt', 32),
  'sign, RSA 2048': ({ crypto }) => crypto.sign('sha256', text1k, rsa),
  'sign, P-256': ({ crypto }) => crypto.sign('sha256', text1k, ec),
  'randomBytes(16)': ({ crypto }) => crypto.randomBytes(16),
  'gzipSync, 1 KiB': ({ zlib }) => zlib.gzipSync(text1k),
  'gzipSync, 16 KiB': ({ zlib }) => zlib.gzipSync(text16k),
  'gzipSync, 1 MiB': ({ zlib }) => zlib.gzipSync(text1m),
  'brotliCompressSync, 16 KiB': ({ zlib }) => zlib.brotliCompressSync(text16k),
  'gunzipSync, 4 MB': ({ zlib }) => zlib.gunzipSync(zipped),
};

console.log(
  `Node ${process.version}, ${CONTEXTS} contexts, medians of ${ROUNDS} rounds; of the event loop, us a call\n`,
);
console.log(`${''.padEnd(NAME_WIDTH)}${'blocking'.padStart(10)}${'green'.padStart(10)}${'ratio'.padStart(8)}`);
for (const [name, call] of Object.entries(CASES)) {
  const own = (): unknown => call({ fs, crypto, zlib });
  const green = (): unknown => call({ fs: greenFs, crypto: greenCrypto, zlib: greenZlib });
  const onceUs = Math.max(1, blockingUs(own, 3));
  const calls = Math.max(CONTEXTS, Math.min(4000, Math.round(ROUND_US / onceUs / CONTEXTS) * CONTEXTS));
  const [blocking, suspending]: [number[], number[]] = [[], []];
  for (let round = -1; round < ROUNDS; round++) {
    const [ownUs, greenUs] = [blockingUs(own, calls), await greenLoopUs(green, calls)];
    if (round < 0) continue; // to warm up
    blocking.push(ownUs);
    suspending.push(greenUs);
  }
  const [a, b] = [median(blocking), median(suspending)];
  console.log(`${name.padEnd(NAME_WIDTH)}${shown(a).padStart(10)}${shown(b).padStart(10)}${shown(a / b).padStart(8)}`);
}
const tripUs = await run(() => {
  for (let i = 0; i < 500; i++) offload(() => 0);
  return blockingUs(() => offload(() => 0), 2000);
});
console.log(`\noffload(), there and back, one at a time: ${shown(tripUs)} us`);
fs.rmSync(folder, { recursive: true });

/** Time passed. */
function blockingUs(fn: () => unknown, calls: number): number {
  const startMs = performance.now();
  for (let i = 0; i < calls; i++) fn();
  return ((performance.now() - startMs) * 1000) / calls;
}

async function greenLoopUs(fn: () => unknown, calls: number): Promise<number> {
  const before = performance.eventLoopUtilization();
  const each = (): void => {
    for (let i = 0; i < calls / CONTEXTS; i++) fn();
  };
  await Promise.all(Array.from({ length: CONTEXTS }, () => run(each)));
  return (performance.eventLoopUtilization(before).active * 1000) / calls;
}

function shown(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
