import { channel } from 'node:diagnostics_channel';
import { type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { ActiveSpan } from './active-span.ts';

/** What undici tells of a request; the object is the same on all its channels. */
interface UndiciRequest {
  readonly method: string;
  readonly origin: string | URL;
  readonly path: string;
}

/**
 * Makes a span of each request that the server sends, which is TikTok's API. Its query is left out, and TikTok is
 * told nothing of our traces.
 */
export function traceFetches(tracer: Tracer, active: ActiveSpan): () => void {
  const spans = new WeakMap<object, Span>();
  const handlers: Readonly<Record<string, (message: never) => void>> = {
    'undici:request:create': ({ request }: { readonly request: UndiciRequest }) => {
      // Spans themselves are sent by node:http, and what nobody asked for has no parent: the pings of libraries.
      spans.set(request, startSpan(tracer, active, request));
    },
    'undici:request:headers': (message: {
      readonly request: UndiciRequest;
      readonly response: { readonly statusCode: number };
    }) => {
      const { statusCode } = message.response;
      const span = spans.get(message.request);
      span?.setAttribute('http.response.status_code', statusCode);
      if (statusCode >= 400) span?.setStatus({ code: SpanStatusCode.ERROR });
    },
    'undici:request:trailers': ({ request }: { readonly request: UndiciRequest }) => {
      spans.get(request)?.end();
    },
    'undici:request:error': (message: {
      readonly request: UndiciRequest;
      readonly error: Error;
    }) => {
      const span = spans.get(message.request);
      // The message of an error may repeat what was sent.
      span
        ?.setStatus({ code: SpanStatusCode.ERROR })
        .setAttribute('error.type', message.error.name);
      span?.end();
    },
  };
  return subscribeAll(handlers);
}

function startSpan(tracer: Tracer, active: ActiveSpan, request: UndiciRequest): Span {
  const { host, hostname } = new URL(request.origin);
  const path = request.path.split('?', 1)[0] ?? '/';
  return tracer.startSpan(
    `${request.method} ${host}${path}`,
    {
      kind: SpanKind.CLIENT,
      attributes: {
        'http.request.method': request.method,
        'server.address': hostname,
        'url.path': path,
      },
    },
    active.context,
  );
}

function subscribeAll(handlers: Readonly<Record<string, (message: never) => void>>): () => void {
  const entries = Object.entries(handlers).map(([name, handle]) => {
    // Each channel sends the message that its handler names: undici documents them.
    return { channel: channel(name), handle: handle as (message: unknown) => void };
  });
  for (const entry of entries) entry.channel.subscribe(entry.handle);
  return () => {
    for (const entry of entries) entry.channel.unsubscribe(entry.handle);
  };
}
