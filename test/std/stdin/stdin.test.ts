// The standard input in sync style: children with every kind of it.

import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { fixturePath } from '../../support/child.ts';

interface Child {
  stdin: 'pipe' | number;
  /** Written one by one, with time between. */
  chunks?: string[];
  end?: boolean;
  command?: string[];
}

async function outputOf(which: string, { stdin, chunks = [], end = false, command }: Child): Promise<string> {
  const [file, ...args] = command ?? [process.execPath, fixturePath('std/stdin.mjs'), which];
  const child = spawn(file as string, args, { stdio: [stdin, 'pipe', 'pipe'] });
  let output = '';
  child.stdout?.on('data', (text) => {
    output += text;
  });
  child.stderr?.on('data', (text) => {
    output += text;
  });
  child.stdin?.on('error', () => {});
  const closed = new Promise((resolve) => child.once('close', resolve));
  for (const chunk of chunks) {
    child.stdin?.write(chunk);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (end) child.stdin?.end();
  await closed;
  return output;
}

const answer = async (which: string, child: Child): Promise<unknown> => {
  const output = await outputOf(which, child);
  return JSON.parse(output.slice(output.indexOf('? ') + 1) || 'null');
};

const shell = (which: string, before: string): string[] => [
  'sh',
  '-c',
  `${before} | "${process.execPath}" "${fixturePath('std/stdin.mjs')}" ${which}`,
];

describe('input()', () => {
  it('writes its prompt, gives a line, and lets the process end although the input goes on', async () => {
    const output = await outputOf('one', { stdin: 'pipe', chunks: ['Gre', 'en\nroom\n'] });
    expect(output).toBe('name? "Green"\n');
  });

  it('leaves what follows to the next call', async () => {
    expect(await answer('two', { stdin: 'pipe', chunks: ['a\nb\nc\n'] })).toEqual(['a', 'b']);
    expect(await answer('two', { stdin: 'pipe', chunks: ['a\r\n'], end: true })).toEqual(['a', null]);
    expect(await answer('bytes', { stdin: 'pipe', chunks: ['abcd', 'e\nfg', '\nh'], end: true })).toEqual([
      'abc',
      'de',
      'fg\nh',
      '',
      null,
    ]);
  });

  it('gives contexts that ask at once their lines in order; one that is cancelled takes none', async () => {
    expect(await answer('contexts', { stdin: 'pipe', chunks: ['a\nb', '\nc\n'] })).toEqual(['a', 'b', 'c']);
    expect(await answer('cancelled', { stdin: 'pipe', chunks: ['a\n'] })).toEqual(['GREEN_ERR_CANCELLED', 'a']);
  });

  it('gives up after its time, and loses nothing', async () => {
    const code = 'GREEN_ERR_WAIT_TIMEOUT';
    expect(await answer('timeout', { stdin: 'pipe' })).toEqual([code, code]);
    const halves = ['sh', '-c', `{ printf hal; sleep 1.5; echo f; } | "$0" "$1" interrupted`];
    const command = [...halves, process.execPath, fixturePath('std/stdin.mjs')];
    const outcome = await answer('interrupted', { stdin: 'pipe', command });
    expect([
      [code, 'half'],
      ['half', null],
    ]).toContainEqual(outcome); // the latter on a machine that slow
  });

  it('leaves what follows to other readers', async () => {
    expect(await answer('others', { stdin: 'pipe', chunks: ['a\nb\n', 'c'], end: true })).toEqual(['a', 'b\nc']);
  });
});

describe('lines()', () => {
  it.each(['pipe', 'file', '/dev/null', 'shell pipe'])('gives the rest of the input: %s', async (kind) => {
    const tmp = mkdtempSync(join(tmpdir(), 'greenroom-stdin-'));
    const file = kind === '/dev/null' ? kind : join(tmp, 'input');
    if (kind === 'file') writeFileSync(file, 'a\nb\nc');
    const stdin = kind === 'pipe' || kind === 'shell pipe' ? 'pipe' : openSync(file, 'r');
    const command = kind === 'shell pipe' ? { command: shell('all', 'printf "a\\nb\\nc"') } : {};
    const expected = kind === '/dev/null' ? [] : ['a', 'b', 'c'];
    try {
      expect(await answer('all', { stdin, chunks: ['a\nb', '\nc'], end: true, ...command })).toEqual(expected);
    } finally {
      if (typeof stdin === 'number') closeSync(stdin);
      rmSync(tmp, { recursive: true });
    }
  });

  it.runIf(existsSync('/usr/bin/script') && process.platform === 'linux')('a terminal', async () => {
    const inner = `"${process.execPath}" "${fixturePath('std/stdin.mjs')}" one`;
    const command = ['script', '-qec', inner, '/dev/null'];
    const output = await outputOf('one', { stdin: 'pipe', chunks: ['Green\n', 'room\n'], command });
    expect(output).toContain('name? ');
    expect(output).toContain('"Green"');
  });
});
