import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import type { Log } from './log.ts';

/** What the request log needs. */
export interface RequestLogOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Who asked, once that is known: an id, never a credential. */
  readonly principalIdOf: (request: FastifyRequest) => string | undefined;
}

/** Writes one line for each answered request and counts it by its route's template: never by its URL, which may hold a secret. */
export function registerRequestLog(app: FastifyInstance, options: RequestLogOptions): void {
  const { log, metrics, principalIdOf } = options;
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    metrics.httpSeconds.observe(labels, reply.elapsedTime / 1000);
    log[levelOf(reply, route)](
      {
        request_id: request.id,
        method: request.method,
        route,
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 10) / 10,
        principal_id: principalIdOf(request),
      },
      'request',
    );
    done();
  });
}

// Probes ask every few seconds and would bury what people look for.
function levelOf(reply: FastifyReply, route: string): 'error' | 'info' | 'debug' {
  if (reply.statusCode >= 500 && route !== '/readyz') return 'error';
  return route === '/healthz' || route === '/readyz' || route === '/metrics' ? 'debug' : 'info';
}
