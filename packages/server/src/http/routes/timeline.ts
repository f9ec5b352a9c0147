import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { describeEvent } from '../../events/describe-event.ts';
import { readTimeline, type TimelineRow } from '../../events/read-timeline.ts';
import { Cursors } from '../page.ts';
import { ProblemError } from '../problem-error.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers the timeline of a post: everything that happened to it, in words. */
export function registerTimeline(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('timeline', z.int().positive());
  route(app, services, operations.getPostTimeline, async ({ tx, params, query }) => {
    const after = cursors.read(query.cursor);
    const post = await tx
      .selectFrom('posts')
      .select('id')
      .where('id', '=', params.id)
      .executeTakeFirst();
    if (post === undefined) throw new ProblemError('not-found', 'There is no such post.');
    const rows = await readTimeline(tx, params.id, { after, limit: query.limit + 1 });
    const body = cursors.page(rows, query.limit, ({ at, id }) => ({ at, id }), toWire);
    return { status: 200, body };
  });
}

function toWire(row: TimelineRow) {
  const { logId, remedy, whoseMove, words } = describeEvent(row);
  return {
    id: String(row.id),
    at: row.at.toISOString(),
    type: row.type,
    attempt: row.attempt,
    words,
    remedy,
    whose_move: whoseMove,
    log_id: logId,
    details: { ...row.details },
  };
}
