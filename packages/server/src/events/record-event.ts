import type { CompiledQuery } from 'kysely';
import { preparedQuery, type Transaction, writeAtCommit } from '../db/transaction.ts';
import type { EventDetails, RecordedEventType } from './event-types.ts';

/** An event, as it is written. */
export interface NewEvent<Type extends RecordedEventType> {
  readonly type: Type;
  /** The post that it is about. */
  readonly postId?: string | null | undefined;
  /** The account that it is about. */
  readonly accountId?: string | null | undefined;
  /** The attempt that it belongs to. */
  readonly attemptId?: string | null | undefined;
  /** Ids, codes, numbers and log ids. Never a text, a token or an address. */
  readonly details: EventDetails<Type>;
}

/**
 * Writes what happened, in the transaction of what it tells of: neither is stored without the other.
 *
 * Timelines, live updates and webhooks are made of it; whoever waits for it is woken by the commit. All events of a
 * transaction are written in one statement, right before its commit: each step of a post has several.
 */
export async function recordEvent<Type extends RecordedEventType>(
  tx: Transaction,
  event: NewEvent<Type>,
): Promise<void> {
  await recordEvents(tx, [event]);
}

/** Writes many events of one type, as imports need it. */
export function recordEvents<Type extends RecordedEventType>(
  tx: Transaction,
  events: readonly NewEvent<Type>[],
): Promise<void> {
  const rows = events.map(({ type, postId, accountId, attemptId, details }) => ({
    type,
    post_id: postId ?? null,
    account_id: accountId ?? null,
    attempt_id: attemptId ?? null,
    details,
  }));
  writeAtCommit(tx, toInsert, rows);
  return Promise.resolve();
}

function toInsert(rows: readonly unknown[]): CompiledQuery {
  return preparedQuery('record_events', INSERT, [JSON.stringify(rows)]);
}

const INSERT = `
insert into events (workspace_id, type, post_id, account_id, attempt_id, details)
select current_workspace(), e.type, e.post_id, e.account_id, e.attempt_id, e.details
from rows from (json_to_recordset($1)
  as (type text, post_id uuid, account_id uuid, attempt_id uuid, details jsonb)) with ordinality
  as e (type, post_id, account_id, attempt_id, details, place)
order by e.place`;
