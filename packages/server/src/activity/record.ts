import type { CompiledQuery } from 'kysely';
import { preparedQuery, type Transaction, writeAtCommit } from '../db/transaction.ts';
import type { ActivityAction } from './actions.ts';

/** Kind of whoever did something. */
export type ActorKind = 'person' | 'api_key' | 'system' | 'tiktok';

/** Whoever did something. */
export interface Actor {
  readonly kind: ActorKind;
  /** Id of the person or key; for `system` the part that acted, such as `sweep`. */
  readonly id: string;
}

/** What JSON can say. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** One entry of the audit log, as it is written. */
export interface ActivityEntry {
  readonly actor: Actor;
  readonly action: ActivityAction;
  /** The account that it is about. */
  readonly accountId?: string;
  /** What else it is about: an invitation, a key, an app. */
  readonly subjectId?: string;
  /** Why, in words or as a code. Never a secret. */
  readonly reason: string;
  /** Further facts. Never a secret. */
  readonly details?: { readonly [key: string]: Json };
}

/**
 * Writes an entry into the audit log, in the transaction of what it tells of: neither is stored without the other.
 *
 * The entry belongs to the workspace that the transaction works for, or to the installation. It is written right before the
 * commit, and travels with it: each hand-out of a token waits for that.
 */
export async function recordActivity(tx: Transaction, entry: ActivityEntry): Promise<void> {
  const { actor, action, accountId = null, subjectId = null, reason, details = {} } = entry;
  const row = {
    actor_kind: actor.kind,
    actor_id: actor.id,
    action,
    account_id: accountId,
    subject_id: subjectId,
    reason,
    details,
  };
  writeAtCommit(tx, toInsert, [row]);
}

function toInsert(rows: readonly unknown[]): CompiledQuery {
  return preparedQuery('record_activity', INSERT, [JSON.stringify(rows)]);
}

const INSERT = `
insert into activity
  (workspace_id, actor_kind, actor_id, action, account_id, subject_id, reason, details)
select current_workspace(), actor_kind, actor_id, action, account_id, subject_id, reason, details
from json_to_recordset($1) as entry (actor_kind text, actor_id text, action text, account_id uuid,
  subject_id text, reason text, details jsonb)`;
