import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../src/index.ts';
import { Local } from '../../src/sync/index.ts';
import { later, turns } from '../support/turns.ts';

describe('Local', () => {
  it('has a value for every task, and one for the code outside', async () => {
    const local = new Local(() => 'initial');
    local.value = 'outside';
    const seen = await Promise.all(
      [1, 2].map((id) =>
        run(() => {
          const before = local.value;
          local.value = `task ${id}`;
          wait(later(undefined));
          return [before, local.value];
        }),
      ),
    );
    expect(seen).toEqual([
      ['initial', 'task 1'],
      ['initial', 'task 2'],
    ]);
    expect(local.value).toBe('outside');
  });

  it('makes a value when it is first read, once for each task, and again when it was deleted', async () => {
    let made = 0;
    const local = new Local(() => ++made);
    await run(() => {
      expect(local.isSet).toBe(false);
      expect([local.value, local.value]).toEqual([1, 1]);
      expect([local.delete(), local.delete()]).toEqual([true, false]);
      expect(local.value).toBe(2);
      wait(run(() => expect(local.value).toBe(3)));
      local.value = 10;
      expect(local.value).toBe(10);
    });
    expect(new Local().value).toBeUndefined();
  });

  it('makes what a subclass says', async () => {
    class Settings extends Local<{ level: string }> {
      readonly #level: string;
      constructor(level: string) {
        super();
        this.#level = level;
      }
      protected override initial(): { level: string } {
        return { level: this.#level };
      }
    }
    const settings = new Settings('info');
    await run(() => {
      settings.value.level = 'debug';
    });
    expect(settings.value.level).toBe('info');
  });

  it('frees the value with its task, though somebody keeps the task', async () => {
    const local = new Local<object>();
    let freed = 0;
    const registry = new FinalizationRegistry(() => freed++);
    const tasks = [0, 1, 2].map(() =>
      spawn(() => {
        const value = {};
        registry.register(value, undefined);
        local.value = value;
        wait(later(undefined));
      }),
    );
    await Promise.all(tasks);
    for (let round = 0; round < 50 && freed < 3; round++) {
      globalThis.gc?.();
      await turns(2);
    }
    expect(freed).toBe(3);
    expect(tasks.map(({ state }) => state)).toEqual(['finished', 'finished', 'finished']);
  });

  it('refuses an initialiser that is no function', () => {
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => new Local(1 as never)).toThrow(invalid);
    expect(() => Local.object(1 as never)).toThrow(invalid);
    expect(() => Local.object((() => 1) as never)).not.toThrow();
    expect(() => Object.keys(Local.object((() => 1) as never))).toThrow(invalid);
  });
});

describe('Local.object()', () => {
  class Settings {
    level: string;
    declare extra?: number;
    constructor(level: string) {
      this.level = level;
    }
    get shouted(): string {
      return this.level.toUpperCase();
    }
    raise(): string {
      this.level += '!';
      return this.level;
    }
  }

  it('is an object of its own to every task, its constructor run for each', async () => {
    let made = 0;
    const settings = Local.object(() => {
      made++;
      return new Settings('info');
    });
    settings.level = 'outside';
    const seen = await Promise.all(
      ['a', 'b'].map((level) =>
        run(() => {
          const before = settings.level;
          settings.level = level;
          wait(later(undefined));
          return [before, settings.raise(), settings.shouted];
        }),
      ),
    );
    expect(seen).toEqual([
      ['info', 'a!', 'A!'],
      ['info', 'b!', 'B!'],
    ]);
    expect([settings.level, made]).toEqual(['outside', 3]);
  });

  it('behaves as the object that the task sees', async () => {
    const settings = Local.object(() => new Settings('info'));
    await run(() => {
      settings.extra = 1;
      expect(settings).toBeInstanceOf(Settings);
      expect(Object.keys(settings)).toEqual(['level', 'extra']);
      expect({ ...settings }).toEqual({ level: 'info', extra: 1 });
      expect('extra' in settings).toBe(true);
      expect(delete settings.extra).toBe(true);
      expect(settings.extra).toBeUndefined();
      Object.defineProperty(settings, 'extra', { value: 2, enumerable: true });
      expect(JSON.stringify(settings)).toBe('{"level":"info","extra":2}');
    });
    expect('extra' in settings).toBe(false);
  });

  it('has a prototype of its own in every task, and cannot be frozen for all', async () => {
    const settings: { level?: string } = Local.object(() => ({ level: 'info' }));
    await run(() => {
      Object.setPrototypeOf(settings, Settings.prototype);
      expect(settings).toBeInstanceOf(Settings);
      expect(() => Object.freeze(settings)).toThrow(TypeError);
      expect(Object.isExtensible(settings)).toBe(true);
    });
    expect(settings).not.toBeInstanceOf(Settings);
    expect(Object.keys(settings)).toEqual(['level']);
  });
});
