// The ways from the client to httpbin that the suite is run over: pulsar's four, and one without a socket.

import fastify from 'fastify';

import type { HttpClientOptions } from '../../../src/http-client/index.ts';
import { startServer } from '../servers.ts';
import { ca } from '../tls.ts';
import { startProxy } from '../transport/proxies.ts';
import { startTlsServer } from '../transport/send.ts';
import { httpbin } from './httpbin.ts';

/** One httpbin, and what a client needs to get there. */
export interface Site {
  readonly url: string;
  readonly options: HttpClientOptions;
  /** What the proxy was asked for, if there is one. */
  readonly asked: readonly string[] | null;
}

export type Route = () => Promise<Site>;

export const plain: Route = async () => {
  const { url } = await startServer(httpbin);
  return { url, options: { proxy: false }, asked: null };
};

export const overTls: Route = async () => {
  const { url } = await startTlsServer(httpbin);
  return { url, options: { proxy: false, tls: { ca } }, asked: null };
};

export const throughProxy: Route = async () => {
  const { url } = await startServer(httpbin);
  const { authority, asked } = await startProxy();
  return { url, options: { proxy: `http://${authority}` }, asked };
};

export const throughTunnel: Route = async () => {
  const { url } = await startTlsServer(httpbin);
  const { authority, asked } = await startProxy();
  return { url, options: { proxy: `http://${authority}`, tls: { ca } }, asked };
};

export const inProcess: Route = async () => {
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null)); // httpbin reads it
  app.all('/*', async (request, reply) => {
    reply.hijack();
    await httpbin(request.raw, reply.raw);
  });
  return { url: 'http://httpbin.test', options: { app }, asked: null };
};
