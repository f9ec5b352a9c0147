import { preparedQuery, type Transaction } from '../db/transaction.ts';
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
 * Timelines, live updates and webhooks are made of it; whoever waits for it is woken by the commit.
 */
export async function recordEvent<Type extends RecordedEventType>(
  tx: Transaction,
  { type, postId, accountId, attemptId, details }: NewEvent<Type>,
): Promise<void> {
  const values = [type, postId ?? null, accountId ?? null, attemptId ?? null, details];
  // Several are written for each post, so it is prepared.
  await tx.executeQuery(preparedQuery('record_event', INSERT, values));
}

const INSERT = `
insert into events (workspace_id, type, post_id, account_id, attempt_id, details)
values (current_workspace(), $1, $2, $3, $4, $5)`;
