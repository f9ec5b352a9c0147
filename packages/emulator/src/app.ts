import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import Fastify from 'fastify';
import type { Emulator } from './emulator.ts';
import { BODY_LIMIT_BYTES, registerGateway } from './gateway.ts';

/** Key and certificate of a server that speaks TLS, in PEM. */
export interface TlsCredentials {
  readonly key: string;
  readonly cert: string;
}

/** Builds the HTTP side of an emulator. Each part adds its routes here, and its state to `emulator`. */
export function createApp(emulator: Emulator, tls?: TlsCredentials): FastifyInstance {
  const options: FastifyServerOptions = {
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
  };
  const app =
    tls === undefined
      ? Fastify(options)
      : (Fastify({ ...options, https: tls } as FastifyServerOptions) as FastifyInstance);
  registerGateway(app, emulator);
  return app;
}
