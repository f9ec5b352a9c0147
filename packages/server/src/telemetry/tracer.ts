import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { ActiveSpan } from './active-span.ts';
import { traceFetches } from './trace-fetches.ts';
import { traceRequests } from './trace-requests.ts';
import { traceSweeps } from './trace-sweeps.ts';

/** Where spans go. */
export interface TracerOptions {
  /** Base URL of the collector; `/v1/traces` is added. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
}

/** What listens to something and makes spans of it, until the function that it gives is called. */
export type Instrument = (tracer: Tracer, active: ActiveSpan) => () => void;

const instruments: readonly Instrument[] = [traceRequests, traceFetches, traceSweeps];

/**
 * Makes spans of requests, of calls to TikTok and of sweeps, and sends them to a collector.
 *
 * The instruments listen to diagnostics channels: the traced code knows nothing of them, and costs nothing while
 * nobody listens.
 *
 * @returns What sends the last spans and ends.
 */
export function startTracer({
  endpoint,
  headers,
  serviceName,
}: TracerOptions): () => Promise<void> {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: { ...headers },
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('greenroom');
  const active = new ActiveSpan();
  const ends = instruments.map((instrument) => instrument(tracer, active));
  return async () => {
    for (const end of ends) end();
    // A collector that is away must not keep the server from stopping.
    await provider.shutdown().catch(() => undefined);
  };
}
