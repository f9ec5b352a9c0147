import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import { isDirectLoopback } from './loopback.ts';
import type { Readiness } from './readiness.ts';

/** What the probes look at. */
export interface ProbeOptions {
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
  /** SHA-256 of the token that opens `/metrics` to other machines. */
  readonly metricsTokenHash?: Buffer | undefined;
}

// Probes come often and from one address.
const config = { rateLimit: false };

/** Adds `/healthz` (alive), `/readyz` (can work now, or 503 with what fails) and `/metrics`. */
export function registerProbes(app: FastifyInstance, options: ProbeOptions): void {
  const { metrics, readiness } = options;
  app.get('/healthz', { config }, (_request, reply) => reply.send({ status: 'ok' }));
  app.get('/readyz', { config }, async (_request, reply) => {
    const { ok, checks } = await readiness();
    return reply
      .code(ok ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: ok ? 'ready' : 'not_ready', checks });
  });
  app.get('/metrics', { config }, async (request, reply) => {
    if (!mayRead(request, options.metricsTokenHash)) {
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .type('text/plain')
        .send('Metrics are for loopback, or for the bearer of GREENROOM_METRICS_TOKEN.\n');
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

/** Loopback may, unless it is a proxy that speaks for somebody else; others with the token. */
function mayRead(request: FastifyRequest, tokenHash: Buffer | undefined): boolean {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (tokenHash !== undefined && token !== undefined)
    return timingSafeEqual(createHash('sha256').update(token).digest(), tokenHash);
  return isDirectLoopback(request);
}
