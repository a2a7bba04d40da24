// Schemas: validator and serializer compilers, and type providers, know nothing of green handlers.

import type { Static } from '@fastify/type-provider-typebox';
import { Type, type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { describe, expect, expectTypeOf, it } from 'vitest';

import { wait } from '../../../src/index.ts';
import { greenServer, later } from './green-server.ts';

const ORDER = {
  type: 'object',
  required: ['amount'],
  properties: { amount: { type: 'integer', minimum: 1 }, note: { type: 'string', default: 'none' } },
} as const;

function declare(app: FastifyInstance): void {
  const response = { 200: { type: 'object', properties: { amount: { type: 'string' }, note: { type: 'string' } } } };
  app.post('/', { green: true, schema: { body: ORDER, response } }, (request) => ({
    ...wait(later(request.body as object)),
    secret: 'not in the schema',
  }));
}

describe('schemas of a green route', () => {
  it('validate and coerce the body before it, and serialize what it returns', async () => {
    const app = await greenServer();
    declare(app);
    const answer = await app.inject({ method: 'POST', url: '/', payload: { amount: '3' } });
    expect(answer.body).toBe('{"amount":"3","note":"none"}');
  });

  it('refuse a body before a worker is taken', async () => {
    const app = await greenServer();
    declare(app);
    const answer = await app.inject({ method: 'POST', url: '/', payload: { amount: 0 } });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'FST_ERR_VALIDATION']);
    expect(app.green.pool().stats.completed).toBe(0);
  });

  it('may have compilers of their own', async () => {
    const app = await greenServer();
    app.setValidatorCompiler(() => (data) => ({ value: { validated: data } }));
    app.setSerializerCompiler(() => (data) => `serialized ${JSON.stringify(data)}`);
    app.post('/', { green: true, schema: { body: ORDER, response: { 200: {} } } }, (request) =>
      wait(later(request.body)),
    );
    const answer = await app.inject({ method: 'POST', url: '/', payload: { amount: 1 } });
    expect(answer.body).toBe('serialized {"validated":{"amount":1}}');
  });
});

describe('@fastify/type-provider-typebox', () => {
  it('types and validates what a green handler gets', async () => {
    const app = (await greenServer()).withTypeProvider<TypeBoxTypeProvider>();
    app.setValidatorCompiler(TypeBoxValidatorCompiler);
    const Params = Type.Object({ id: Type.Integer() });
    const Reply = Type.Object({ id: Type.Integer(), waited: Type.Boolean() });
    app.get('/:id', { green: true, schema: { params: Params, response: { 200: Reply } } }, (request) => {
      expectTypeOf(request.params).toEqualTypeOf<Static<typeof Params>>();
      return wait(later({ id: request.params.id, waited: true }));
    });
    expect((await app.inject('/7')).json()).toEqual({ id: 7, waited: true });
    expect((await app.inject('/seven')).statusCode).toBe(400);
  });
});
