import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { fixturePath } from '../support/child.ts';
import { InspectedChild, type Pause } from '../support/inspected-child.ts';

const FIXTURE = 'debugger/stepping.mjs';
const lines = readFileSync(fixturePath(FIXTURE), 'utf8').split('\n');
const lineOf = (mark: string): number => lines.findIndex((line) => line.endsWith(`// ${mark}`));

const BREAKPOINT = { urlRegex: 'stepping\\.mjs$', lineNumber: lineOf('breakpoint') };
const PRINTED = {
  loaded: ['first before and after', 'second before and after', 'third before and after'],
  failed: 'failed fourth',
};

describe('a debugger in another process', () => {
  let child: InspectedChild;

  /** Runs the fixture up to its first line. */
  async function start(): Promise<void> {
    child = await InspectedChild.start(FIXTURE);
    await child.post('Debugger.enable');
    await child.post('Runtime.runIfWaitingForDebugger');
    expect(await child.paused()).toMatchObject({ reason: 'Break on start' });
  }

  /** Where `pause` is, by the lines' marks, and the functions of the fixture on its stack. */
  function describePause({ callFrames }: Pause): { at: string | undefined; frames: string[] } {
    const own = callFrames.filter(({ location }) => child.urlOf(location.scriptId).endsWith(FIXTURE));
    const line = lines[own[0]?.location.lineNumber ?? -1];
    return { at: line?.split('// ')[1], frames: own.map(({ functionName }) => functionName) };
  }

  async function resume(method = 'resume'): Promise<Pause> {
    await child.post(`Debugger.${method}`);
    return child.paused();
  }

  async function expectNormalEnd(): Promise<void> {
    await child.post('Debugger.disable');
    expect(JSON.parse(await child.end())).toEqual(PRINTED);
  }

  afterEach(() => child.kill());

  it('hits a breakpoint in each context, with its frames and variables', async () => {
    await start();
    await child.post('Debugger.setBreakpointByUrl', BREAKPOINT);
    for (const id of ['first', 'second', 'third']) {
      const pause = await resume();
      expect(describePause(pause)).toEqual({ at: 'breakpoint', frames: ['load'] });
      expect(pause.hitBreakpoints).toHaveLength(1);
      expect(await child.evaluate(pause, '[id, before]')).toEqual([id, `${id} before`]);
    }
    await expectNormalEnd();
  });

  it('steps over a wait to the next line, while other contexts run', async () => {
    await start();
    await child.post('Debugger.setBreakpointByUrl', BREAKPOINT);
    expect(describePause(await resume()).at).toBe('breakpoint');
    const pause = await resume('stepOver');
    expect(describePause(pause)).toEqual({ at: 'next line', frames: ['load'] });
    expect(await child.evaluate(pause, '[id, value]')).toEqual(['first', 'first before']);
    await expectNormalEnd();
  });

  it('stops after a wait at a breakpoint there', async () => {
    await start();
    await child.post('Debugger.setBreakpointByUrl', { ...BREAKPOINT, lineNumber: lineOf('next line') });
    const pause = await resume();
    expect(describePause(pause)).toEqual({ at: 'next line', frames: ['load'] });
    expect(await child.evaluate(pause, '[id, value]')).toEqual(['first', 'first before']);
    await expectNormalEnd();
  });

  it('pauses where a context throws, after a wait', async () => {
    await start();
    await child.post('Debugger.setPauseOnExceptions', { state: 'all' });
    let pause = await resume();
    // Node throws and catches some itself.
    while (describePause(pause).at === undefined) pause = await resume();
    expect(describePause(pause)).toEqual({ at: 'exception', frames: ['fail'] });
    expect(pause).toMatchObject({
      reason: 'exception',
      data: { description: expect.stringContaining('failed fourth') },
    });
    expect(await child.evaluate(pause, 'id')).toBe('fourth');
    await expectNormalEnd();
  });
});
