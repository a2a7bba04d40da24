// Questions in sync style, on streams that are given. Those of the standard input are in ../stdin.

import readline from 'node:readline';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { run, spawn } from '../../../src/index.ts';
import greenReadline, * as green from '../../../src/std/readline/index.ts';
import { input, lines } from '../../../src/std/readline/index.ts';

/** Node 26 gives a chunk at a time. */
const written = (output: PassThrough): string => {
  let text = '';
  for (let chunk = output.read(); chunk !== null; chunk = output.read()) text += chunk;
  return text;
};
const withCode = (code: string) => expect.objectContaining({ code });

describe('greenroom/std/readline', () => {
  it('is node:readline, with what is green beside it', () => {
    for (const name of Object.keys(readline)) {
      expect(green, name).toHaveProperty(name);
      expect(greenReadline, name).toHaveProperty(name, readline[name as keyof typeof readline]);
    }
    expect([green.replacedNames, greenReadline.input]).toEqual([[], input]);
  });
});

describe('input()', () => {
  it('asks and gives the answer; null at the end', async () => {
    const [source, output] = [new PassThrough(), new PassThrough()];
    const answers = run(() => [1, 2, 3].map((n) => input(`${n}? `, { input: source, output })));
    source.write('one\ntw');
    source.end('o');
    expect(await answers).toEqual(['one', 'two', null]);
    expect(written(output)).toBe('1? 2? 3? ');
  });

  it('asks one context after the other, and prompts when it is the turn', async () => {
    const [source, output] = [new PassThrough(), new PassThrough()];
    const tasks = ['a', 'b'].map((name) => spawn(() => input(`${name}? `, { input: source, output })));
    expect(written(output)).toBe('a? ');
    source.write('one\n');
    expect(await tasks[0]).toBe('one');
    source.write('two\n');
    expect(await tasks[1]).toBe('two');
    expect(written(output)).toBe('b? ');
  });

  it('gives up, and what had come is still there', async () => {
    const source = new PassThrough();
    source.write('hal');
    await run(() => {
      expect(() => input('', { input: source, timeout: 5 })).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
      expect(() => input('', { input: source, limit: 2 })).toThrow(withCode('GREEN_ERR_BODY_TOO_LARGE'));
      source.write('f\n');
      expect(input('', { input: source })).toBe('half');
    });
  });

  it('refuses bad options, other readers, and to block', async () => {
    const source = new PassThrough();
    await run(() => {
      expect(() => input('', { input: 7 as never })).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
      expect(() => input('', { input: source, timeout: 0 })).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
      source.on('data', () => {});
      expect(() => input('', { input: source })).toThrow(withCode('GREEN_ERR_STREAM_BUSY'));
    });
    expect(() => input('', { input: source })).toThrow(withCode('GREEN_ERR_WAIT_OUTSIDE_CONTEXT'));
  });
});

describe('lines()', () => {
  it('gives the rest, line by line, and leaves what follows when the loop ends early', async () => {
    const source = new PassThrough();
    source.end('a\nb\nc');
    await run(() => {
      for (const line of lines({ input: source })) {
        expect(line).toBe('a');
        break;
      }
      expect([...lines({ input: source })]).toEqual(['b', 'c']);
    });
  });
});
