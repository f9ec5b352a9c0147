import { channel, tracingChannel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import type { ActiveSpan } from './active-span.ts';

/** Makes a span of each request that is answered, named by its route's template: a URL may hold a secret. */
export function traceRequests(tracer: Tracer, active: ActiveSpan): () => void {
  const spans = new WeakMap<IncomingMessage, Span>();
  const began = channel('http.server.request.start');
  const handled = tracingChannel('fastify.request.handler').start;
  const onBegan = (message: unknown) => {
    // Node's documented message.
    const { request, response } = message as {
      readonly request: IncomingMessage;
      readonly response: ServerResponse;
    };
    // Probes come every few seconds and tell nothing.
    if (/^\/(?:healthz|readyz|metrics)$/.test(request.url ?? '')) return;
    const span = startSpan(tracer, request);
    spans.set(request, span);
    response.once('close', () => endSpan(span, response));
  };
  began.subscribe(onBegan);
  handled.bindStore(active.storage, (message) => {
    // Fastify's documented message.
    const { request } = message as { readonly request: FastifyRequest };
    const span = spans.get(request.raw);
    const route = request.routeOptions.url ?? 'unknown';
    span?.updateName(`${request.method} ${route}`).setAttribute('http.route', route);
    return span;
  });
  return () => {
    began.unsubscribe(onBegan);
    handled.unbindStore(active.storage);
  };
}

function startSpan(tracer: Tracer, request: IncomingMessage): Span {
  const method = request.method ?? 'GET';
  return tracer.startSpan(
    method,
    { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } },
    parentOf(request.headers['traceparent']),
  );
}

function endSpan(span: Span, response: ServerResponse): void {
  span.setAttribute('http.response.status_code', response.statusCode);
  if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  if (!response.writableFinished) span.setAttribute('error.type', 'aborted');
  span.end();
}

/** The caller's span, as W3C Trace Context tells it. */
function parentOf(header: string | string[] | undefined): Context {
  const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(String(header ?? ''));
  const [, traceId, spanId, flags] = match ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
