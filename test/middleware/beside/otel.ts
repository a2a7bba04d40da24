// OpenTelemetry, set up once for a test file: finished spans are kept in memory.

import { FastifyOtelInstrumentation } from '@fastify/otel';
import { context, type Tracer, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { FastifyInstance } from 'fastify';

import { greenServer } from './green-server.ts';

const exporter = new InMemorySpanExporter();
export const provider: BasicTracerProvider = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(exporter)],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(provider);
export const tracer: Tracer = trace.getTracer('test');

/** A green server whose handlers' spans are taken; greenroom comes first, so that they cover its queue and waits. */
export async function tracedServer(): Promise<FastifyInstance> {
  exporter.reset();
  const app = await greenServer();
  const instrumentation = new FastifyOtelInstrumentation();
  instrumentation.setTracerProvider(provider);
  await app.register(instrumentation.plugin());
  return app;
}

export function finishedSpans(): ReadableSpan[] {
  return exporter.getFinishedSpans();
}

export function milliseconds([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6;
}
