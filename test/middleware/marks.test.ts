import { describe, expect, it } from 'vitest';

import { inContext, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';
import { gate, server, until } from './servers.ts';

describe('green.hook()', () => {
  it('makes a synchronous hook that waits, before the handler', async () => {
    const app = await server();
    app.decorateRequest('user', '');
    app.addHook(
      'preHandler',
      app.green.hook((request) => {
        (request as unknown as { user: string }).user = wait(later('ada'));
      }),
    );
    app.get('/', (request) => ({ user: (request as unknown as { user: string }).user, inContext: inContext() }));
    expect((await app.inject('/')).json()).toEqual({ user: 'ada', inContext: false });
  });

  it.each([
    ['before a wait', () => {}],
    ['after one', () => wait(later(undefined))],
  ])('ends the request when it throws %s, even something falsy', async (_when, first) => {
    const app = await server();
    let reached = false;
    const thrown = { '/error': new Error('denied'), '/undefined': undefined, '/null': null };
    for (const [path, value] of Object.entries(thrown)) {
      const onRequest = app.green.hook(() => {
        first();
        throw value;
      });
      app.get(path, { onRequest }, () => {
        reached = true;
        return 'secret';
      });
    }
    for (const path of Object.keys(thrown)) {
      const response = await app.inject(path);
      expect(response.statusCode).toBe(500);
      expect(response.body).not.toContain('secret');
    }
    expect(reached).toBe(false);
  });

  it('may answer itself; the handler then does not run', async () => {
    const app = await server();
    const onRequest = app.green.hook((_request, reply) => {
      wait(later(undefined));
      return reply.code(401).send('who are you?');
    });
    app.get('/', { onRequest }, () => {
      throw new Error('reached');
    });
    const response = await app.inject('/');
    expect([response.statusCode, response.body]).toEqual([401, 'who are you?']);
  });

  it('gives onSend and preSerialization their payload, and takes the new one', async () => {
    const app = await server();
    app.addHook(
      'preSerialization',
      app.green.hook((_request, _reply, payload: object) => ({ ...payload, added: wait(later(1)) })),
    );
    app.addHook(
      'onSend',
      app.green.hook((_request, _reply, payload: string) => `${payload}${wait(later('!'))}`),
    );
    app.get('/', { green: true }, () => ({ own: 1 }));
    expect((await app.inject('/')).body).toBe('{"own":1,"added":1}!');
  });

  it('runs onResponse and onError hooks', async () => {
    const app = await server();
    const seen: unknown[] = [];
    app.addHook(
      'onError',
      app.green.hook((_request, _reply, error: Error) => {
        seen.push(wait(later(error.message)));
      }) as never,
    );
    app.addHook(
      'onResponse',
      app.green.hook(() => {
        seen.push(wait(later('responded')));
      }),
    );
    app.get('/', () => {
      throw new Error('failed');
    });
    await app.inject('/');
    await until(() => seen.length === 2);
    expect(seen).toEqual(['failed', 'responded']);
  });

  it('keeps `this` and runs in the pool it names', async () => {
    const app = await server({ pools: { auth: { maxWorkers: 1 } } });
    app.decorate('secret', 'known');
    let seen: unknown;
    app.addHook(
      'onRequest',
      app.green.hook(
        function () {
          seen = wait(later((this as unknown as { secret: string }).secret));
        },
        { pool: 'auth' },
      ),
    );
    app.get('/', () => '');
    await app.inject('/');
    expect(seen).toBe('known');
    expect(app.green.pool('auth').stats.completed).toBe(1);
  });

  it('fails the request when its pool is full, rather than let it through', async () => {
    const app = await server({ pools: { auth: { maxWorkers: 1, maxQueue: 0 } } });
    const { promise, open } = gate();
    const onRequest = app.green.hook(() => wait(promise), { pool: 'auth' });
    app.get('/', { onRequest }, () => 'secret');
    const first = app.inject('/');
    await until(() => app.green.isSaturated('auth'));
    const second = await app.inject('/');
    expect([second.statusCode, second.json().code]).toEqual([503, 'GREEN_ERR_POOL_FULL']);
    open();
    expect((await first).body).toBe('secret');
  });

  it('is refused for a function with a callback: at once, or, where only the call can tell, by failing the request', async () => {
    const app = await server();
    expect(() => app.green.hook(((_a: unknown, _b: unknown, _c: unknown, _done: unknown) => {}) as never)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
    const onRequest = app.green.hook(((_request: unknown, _reply: unknown, _done: unknown) => {}) as never);
    app.get('/', { onRequest }, () => 'secret');
    const response = await app.inject('/');
    expect([response.statusCode, response.json().code]).toEqual([500, 'GREEN_ERR_OPT_INVALID']);
  });

  it('is what makes a hook green; others are left alone, whatever their number of parameters', async () => {
    const app = await server({ all: true });
    // As instrumentation wraps them: no parameter shows.
    app.addHook('onRequest', (...args: unknown[]) => {
      const done = args[2] as (error: Error) => void;
      setTimeout(() => done(Object.assign(new Error('denied'), { statusCode: 401 })), 5);
    });
    app.get('/', () => 'secret');
    const response = await app.inject('/');
    expect([response.statusCode, response.json().message]).toEqual([401, 'denied']);
  });
});

describe('green.errorHandler()', () => {
  it('answers errors of green and other handlers, and may wait', async () => {
    const app = await server();
    app.setErrorHandler(
      app.green.errorHandler((error, _request, reply) => {
        const report = wait(later(`reported ${error.message}`));
        return reply.code(418).send(report);
      }),
    );
    app.get('/green', { green: true }, () => {
      wait(later(undefined));
      throw new Error('a');
    });
    app.get('/plain', () => {
      throw new Error('b');
    });
    app.get('/value', { errorHandler: app.green.errorHandler(() => ({ value: wait(later(1)) })) as never }, () => {
      throw new Error('c');
    });
    expect((await app.inject('/green')).body).toBe('reported a');
    expect((await app.inject('/plain')).body).toBe('reported b');
    expect((await app.inject('/value')).json()).toEqual({ value: 1 });
  });

  it("leaves the error to Fastify's own handler when its pool is full", async () => {
    const app = await server({ maxWorkers: 1, maxQueue: 0 });
    const { promise, open } = gate();
    app.setErrorHandler(app.green.errorHandler(() => 'never reached'));
    app.get('/', { green: true }, () => wait(promise) ?? 'served');
    const served = app.inject('/');
    await until(() => app.green.isSaturated());
    const refused = await app.inject('/');
    expect([refused.statusCode, refused.json().code]).toEqual([503, 'GREEN_ERR_POOL_FULL']);
    open();
    await served;
  });
});

describe('green.handler()', () => {
  it('makes a not-found handler that waits', async () => {
    const app = await server();
    app.setNotFoundHandler(
      app.green.handler((request, reply) => reply.code(404).send(`${wait(later('no'))} ${request.url}`)),
    );
    const response = await app.inject('/nowhere');
    expect([response.statusCode, response.body]).toEqual([404, 'no /nowhere']);
  });

  it('refuses what is no function, and bad options', async () => {
    const app = await server();
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => app.green.handler(5 as never)).toThrow(invalid);
    expect(() => app.green.handler(() => 1, { pool: 'nope' })).toThrow(invalid);
    expect(() => app.green.hook(() => {}, { timeout: -1 })).toThrow(invalid);
    expect(() => app.green.errorHandler(() => {}, { unknown: 1 } as never)).toThrow(invalid);
  });
});
