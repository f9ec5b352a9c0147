import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import { isDirectLoopback, isLoopbackName } from './loopback.ts';
import type { Readiness, ReadinessCheck } from './readiness.ts';

/** What the probes look at. */
export interface ProbeOptions {
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
  /** SHA-256 of the token that opens `/metrics` and the words of `/readyz`; nothing else does when there is one. */
  readonly metricsTokenHash?: Buffer | undefined;
  /** Base URL of the installation: where it is another machine's, a proxy on this one may ask for everybody. */
  readonly publicUrl: string;
}

// Probes come often and from one address.
const config = { rateLimit: false };

/** Adds `/healthz` (alive), `/readyz` (can work now, or 503 with what fails) and `/metrics`. */
export function registerProbes(app: FastifyInstance, options: ProbeOptions): void {
  const { metrics, readiness } = options;
  app.get('/healthz', { config }, (_request, reply) => reply.send({ status: 'ok' }));
  app.get('/readyz', { config }, async (request, reply) => {
    const { ok, checks } = await readiness();
    // What went wrong names files and addresses; that it did is for every probe.
    const shown = isOperator(request, options) ? checks : checks.map(withoutWords);
    return reply
      .code(ok ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: ok ? 'ready' : 'not_ready', checks: shown });
  });
  app.get('/metrics', { config }, async (request, reply) => {
    if (!isOperator(request, options)) {
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .type('text/plain')
        .send('Metrics are for the bearer of GREENROOM_METRICS_TOKEN.\n');
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

/** Whether who runs the installation asks: with the token; without one on this machine, unless a proxy on it may ask. */
function isOperator(
  request: FastifyRequest,
  { metricsTokenHash, publicUrl }: ProbeOptions,
): boolean {
  if (metricsTokenHash === undefined)
    return isLoopbackName(new URL(publicUrl).hostname) && isDirectLoopback(request);
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(createHash('sha256').update(token).digest(), metricsTokenHash);
}

function withoutWords({ check, ok }: ReadinessCheck): ReadinessCheck {
  return { check, ok };
}
