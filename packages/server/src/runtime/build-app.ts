import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { createApp } from '../http/create-app.ts';
import type { Services } from '../http/services.ts';
import { registerRequestLog } from '../logging/request-log.ts';
import { registerClockRoute } from './clock-route.ts';
import { registerProbes } from './probe-routes.ts';
import type { Readiness } from './readiness.ts';

/** What of the running process the app shows. */
export interface BuildAppOptions {
  readonly readiness: () => Promise<Readiness>;
}

/** Builds what this process answers: everything, or the probes alone in role `worker`. */
export async function buildApp(
  services: Services,
  { readiness }: BuildAppOptions,
): Promise<FastifyInstance> {
  const { config, database, metrics } = services;
  const { metricsTokenHash, publicUrl } = config;
  const app = config.role === 'worker' ? createProbeApp(services) : await createApp(services);
  registerProbes(app, { readiness, metrics, metricsTokenHash, publicUrl });
  if (config.isTestMode) registerClockRoute(app, { database });
  return app;
}

function createProbeApp({ log, metrics }: Services): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 10_000,
    bodyLimit: 4096,
    forceCloseConnections: 'idle',
  });
  registerRequestLog(app, { log, metrics, principalIdOf: () => undefined });
  return app;
}
