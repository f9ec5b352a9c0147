import type { FastifyInstance } from 'fastify';
import type { Services } from './services.ts';

/** Every route of the API: one file a resource, each listed here. */
export async function registerRoutes(_app: FastifyInstance, _services: Services): Promise<void> {}
