import { sql } from 'kysely';
import type { Position } from '../db/position.ts';
import type { Transaction } from '../db/transaction.ts';
import type { EventRow } from './read-events.ts';

/** An event of a post, with the number of the attempt that it belongs to. */
export interface TimelineRow extends Omit<EventRow, 'xid'> {
  readonly attempt: number | null;
}

/** Reads what happened to a post, oldest first. */
export async function readTimeline(
  tx: Transaction,
  postId: string,
  page: { readonly after: Position<number> | undefined; readonly limit: number },
): Promise<TimelineRow[]> {
  const { rows } = await sql<TimelineRow>`
    select e.id, e.at, e.type, e.post_id, e.account_id, e.attempt_id, e.details, a.number as attempt
    from events e left join attempts a on a.id = e.attempt_id
    where e.post_id = ${postId} and e.id > ${page.after?.id ?? 0}
    order by e.id limit ${page.limit}`.execute(tx);
  return rows;
}
