// greenroom/std/dns, against a name server of our own: these tests ask nobody else.

import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { run, spawn } from '../../../src/index.ts';
import greenDns, * as green from '../../../src/std/dns/index.ts';
import { lookup, lookupService, Resolver, replacedNames } from '../../../src/std/dns/index.ts';
import { ORIGINAL } from '../../../src/std/twin.ts';

type Namespace = Record<string, unknown>;
const withCode = (code: string) => expect.objectContaining({ code });
const usual = dns.getServers();
const server = createSocket('udp4');

/** Answers every question for an A record of `known.test` with 192.0.2.7, and none for `silent.test`. */
beforeAll(async () => {
  server.on('message', (query, { port, address }) => {
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const name = question.toString('latin1');
    if (name.includes('silent')) return;
    const known = name.includes('known') && question.readUInt16BE(question.length - 4) === 1;
    const head = Buffer.from([0, 0, 0x81, known ? 0x80 : 0x83, 0, 1, 0, known ? 1 : 0, 0, 0, 0, 0]);
    query.copy(head, 0, 0, 2);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    server.send(Buffer.concat(known ? [head, question, answer] : [head, question]), port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  dns.setServers([`127.0.0.1:${server.address().port}`]);
});

afterAll(() => {
  dns.setServers(usual);
  server.close();
});

describe('greenroom/std/dns', () => {
  it('says what of this Node it replaces, and has replaced it', () => {
    const callbacks = Object.keys(dns).filter((name) => /^(lookup|resolve|reverse)/.test(name));
    expect(replacedNames.toSorted()).toEqual([...callbacks, 'Resolver'].toSorted());
    for (const name of callbacks) {
      const own = (dns as unknown as Namespace)[name] as { name: string; length: number };
      const ours = (greenDns as unknown as Namespace)[name] as { name: string; length: number; [ORIGINAL]: unknown };
      expect([ours.name, ours.length], name).toEqual([own.name, own.length]);
      expect((green as unknown as Namespace)[name], name).toBe(ours);
    }
  });

  it('has everything else as it is in node:dns', () => {
    for (const name of Object.keys(dns)) {
      expect(green, name).toHaveProperty(name);
      if (replacedNames.includes(name) || name === 'getServers') continue;
      const own = Object.getOwnPropertyDescriptor(dns, name);
      expect(Object.getOwnPropertyDescriptor(greenDns, name), name).toEqual(own);
    }
  });

  it('says which servers are asked now, under both names', () => {
    expect(green.getServers()).toEqual([`127.0.0.1:${server.address().port}`]);
    expect(greenDns.getServers()).toEqual(green.getServers());
  });

  it('waits in a context for what the callback would be told', async () => {
    await run(() => {
      expect(lookup('127.0.0.1')).toEqual({ address: '127.0.0.1', family: 4 });
      expect(lookup('::1', { all: true })).toEqual([{ address: '::1', family: 6 }]);
      expect(lookup('127.0.0.1', 4).address).toBe('127.0.0.1');
      expect(lookup('127.0.0.1', undefined).family).toBe(4);
      expect(lookupService('127.0.0.1', 22)).toEqual({ hostname: expect.any(String), service: expect.any(String) });
      expect(green.resolve4('known.test')).toEqual(['192.0.2.7']);
      expect(green.resolve4('known.test', { ttl: true })).toEqual([{ address: '192.0.2.7', ttl: 60 }]);
      expect(green.resolve('known.test', 'A')).toEqual(['192.0.2.7']);
    });
  });

  it("throws Node's errors, with the caller's frames", async () => {
    await run(function asker() {
      const failed = (call: () => unknown): unknown => {
        try {
          return call();
        } catch (error) {
          return error;
        }
      };
      const error = failed(() => green.resolve4('missing.test')) as Error;
      expect(error).toMatchObject({ code: 'ENOTFOUND', syscall: 'queryA', hostname: 'missing.test' });
      expect(error.stack).toContain('asker');
      expect(failed(() => green.resolve('known.test', 'NONSENSE'))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
      expect(failed(() => lookup('127.0.0.1', { family: 7 as never }))).toMatchObject({
        code: 'ERR_INVALID_ARG_VALUE',
      });
      expect(failed(() => lookup(7 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    });
  });

  it("is Node's own with a callback, and outside a context", async () => {
    const asked = (call: (done: (error: unknown, ...told: unknown[]) => void) => void): Promise<unknown[]> =>
      new Promise((resolve) => call((...told) => resolve(told)));
    expect(await asked((done) => lookup('127.0.0.1', done))).toEqual([null, '127.0.0.1', 4]);
    expect(await run(() => asked((done) => lookup('127.0.0.1', done)))).toEqual([null, '127.0.0.1', 4]);
    expect(await run(() => asked((done) => green.resolve4('known.test', done)))).toEqual([null, ['192.0.2.7']]);
    expect(() => (lookup as (name: string) => void)('localhost')).toThrow(withCode('ERR_INVALID_ARG_TYPE'));
    expect(() => (green.resolve4 as (name: string) => void)('localhost')).toThrow(withCode('ERR_INVALID_ARG_TYPE'));
    expect(await greenDns.promises.lookup('127.0.0.1')).toEqual({ address: '127.0.0.1', family: 4 });
  });

  it('has Resolvers whose queries wait too', async () => {
    const resolver = new Resolver({ timeout: 60_000, tries: 1 });
    resolver.setServers(dns.getServers());
    expect(resolver).toBeInstanceOf(dns.Resolver);
    await run(() => {
      expect(resolver.resolve4('known.test')).toEqual(['192.0.2.7']);
      const waiting = spawn(() => expect(() => resolver.resolve4('silent.test')).toThrow(withCode('ECANCELLED')));
      resolver.cancel();
      return waiting;
    });
    const query = new Promise((resolve) => resolver.resolve4('known.test', (_error, found) => resolve(found)));
    expect(await query).toEqual(['192.0.2.7']);
  });

  it('drops the answer of a caller that is cancelled', async () => {
    const task = spawn(() => green.resolve4('silent.test'));
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
  });
});
