import type { GreenroomEvent } from '@greenroom/contract';
import { preparedQuery, type Transaction } from '../db/transaction.ts';
import type { EventPosition } from './event-position.ts';

/** An event, as it is read. */
export interface EventRow {
  readonly id: number;
  readonly xid: string;
  readonly at: Date;
  readonly type: string;
  readonly post_id: string | null;
  readonly account_id: string | null;
  readonly attempt_id: string | null;
  readonly details: { readonly [name: string]: unknown };
}

/** Events that come after a position. */
export interface EventBatch {
  /** In order; up to the limit. */
  readonly events: readonly EventRow[];
  /** Where the next read begins. */
  readonly position: EventPosition;
  /** There are later events already, before which a running transaction may still put others: ask again soon. */
  readonly isUnsettled: boolean;
}

/**
 * Reads events of the transaction's workspace after a position, in the order that never changes any more.
 *
 * A number is taken before its transaction commits, so the highest number seen proves nothing. Transactions below
 * `pg_snapshot_xmin` have all ended: what they wrote is there, and what comes later sorts behind it.
 */
export async function readEvents(
  tx: Transaction,
  after: EventPosition,
  limit: number,
): Promise<EventBatch> {
  const query = preparedQuery<EventRow & { readonly is_settled: boolean }>('read_events', READ, [
    after.xid,
    after.id,
    limit,
  ]);
  const { rows } = await tx.executeQuery(query);
  const settled = rows.filter((row) => row.is_settled);
  const last = settled.at(-1);
  return {
    events: settled,
    position: last === undefined ? after : { xid: last.xid, id: last.id },
    isUnsettled: settled.length < rows.length,
  };
}

// Settled events come first, for both are ordered by the transaction.
const READ = `
select id, xid, at, type, post_id, account_id, attempt_id, details,
  xid < pg_snapshot_xmin(pg_current_snapshot()) as is_settled
from events
where workspace_id = current_workspace() and (xid, id) > ($1::xid8, $2::bigint)
order by xid, id limit $3`;

/** The place behind everything that has settled by now. */
export async function readPresentPosition(tx: Transaction): Promise<EventPosition> {
  const { rows } = await tx.executeQuery(
    preparedQuery<{ readonly xid: string }>('present_position', PRESENT, []),
  );
  return { xid: rows[0]?.xid ?? '0', id: 0 };
}

const PRESENT = 'select pg_snapshot_xmin(pg_current_snapshot()) as xid';

/**
 * Whether events behind a position may be missing: retention deleted some, or the position is of another database than
 * the one that was restored here. What counted on in the same engine is before the restore, else it is in the future.
 */
export async function mayHaveMissed(tx: Transaction, { id, xid }: EventPosition): Promise<boolean> {
  const { rows } = await tx.executeQuery(
    preparedQuery<{ readonly may_have: boolean }>('may_have_missed_events', MISSED, [xid, id]),
  );
  return rows[0]?.may_have === true;
}

const MISSED = `
select $1::xid8 > pg_snapshot_xmax(pg_current_snapshot()) or exists (
  select from event_horizons h
  where h.workspace_id = current_workspace() and (h.xid, h.event_id) > ($1::xid8, $2::bigint)) as may_have`;

/** An event as it goes over the wire. */
export function toWireEvent(row: Omit<EventRow, 'xid'>): GreenroomEvent {
  const { id, type, at, post_id, account_id, attempt_id, details } = row;
  return {
    id: String(id),
    type,
    at: at.toISOString(),
    post_id,
    account_id,
    attempt_id,
    details: { ...details },
  };
}
