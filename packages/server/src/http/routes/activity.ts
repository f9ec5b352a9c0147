import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { activityActions } from '../../activity/actions.ts';
import { type ActivityRow, listActivity } from '../../activity/list.ts';
import { Cursors } from '../page.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers what reads the audit log. Nothing writes it over HTTP, or takes anything away. */
export function registerActivity(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('activity', z.int().positive());
  route(app, services, operations.listActivity, async ({ tx, query }) => {
    const after = cursors.read(query.cursor);
    const rows = await listActivity(
      tx,
      {
        accountId: query.account_id,
        action: query.action,
        actorKind: query.actor_kind,
        actorId: query.actor_id,
        since: toDate(query.since),
        until: toDate(query.until),
      },
      { after, limit: query.limit + 1 },
    );
    return {
      status: 200,
      body: cursors.page(rows, query.limit, ({ at, id }) => ({ at, id }), toWire),
    };
  });
}

function toDate(instant: string | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant);
}

function toWire(row: ActivityRow) {
  return {
    id: String(row.id),
    at: row.at.toISOString(),
    actor: { kind: row.actor_kind, id: row.actor_id },
    action: row.action,
    words: wordsOf(row.action),
    account_id: row.account_id,
    subject_id: row.subject_id,
    reason: row.reason,
    details: row.details,
  };
}

/** The sentence of an action; of one that an older or newer version wrote, its name. */
function wordsOf(action: string): string {
  return Object.entries(activityActions).find(([name]) => name === action)?.[1] ?? action;
}
