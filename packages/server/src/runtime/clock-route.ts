import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { moveClock } from '../db/clock.ts';
import type { Database } from '../db/database.ts';
import { isDirectLoopback } from './loopback.ts';

const ClockBody = z.strictObject({ advance_seconds: z.number().min(-1e9).max(1e9) });

/**
 * Adds `POST /_test/clock`, which moves the installation's clock. Registered in test mode only, answered on loopback
 * only; the database itself refuses to move a real installation's clock.
 */
export function registerClockRoute(
  app: FastifyInstance,
  { database }: { readonly database: Database },
): void {
  app.post('/_test/clock', async (request, reply) => {
    if (!isDirectLoopback(request)) return reply.code(404).send();
    const body = ClockBody.safeParse(request.body);
    if (!body.success) {
      return reply.code(400).send({ detail: 'Takes {"advance_seconds": number}.' });
    }
    await moveClock(database, body.data.advance_seconds);
    return reply.send({ now: database.clock.now().toISOString() });
  });
}
