import { hash } from 'node:crypto';
import type { PostState } from '@greenroom/contract';
import { type RawBuilder, sql, type Updateable } from 'kysely';
import { preparedQuery, type Transaction } from '../db/transaction.ts';
import { recordEvent } from '../events/record-event.ts';
import type { ReasonCode } from './reasons.ts';
import type { PostsTable, StateDetails } from './tables.ts';
import { requireTransition } from './transitions.ts';

type Columns = Omit<
  Updateable<PostsTable>,
  'id' | 'workspace_id' | 'state' | 'state_reason' | 'state_details' | 'state_changed_at'
>;

/** Columns that may be set beside the state, to values or to expressions in SQL. */
export type PostChange = {
  readonly [Name in keyof Columns]: Columns[Name] | RawBuilder<NonNullable<Columns[Name]>>;
};

/** How a post is to move. */
export interface PostMove {
  readonly postId: string;
  /** The state, or states, that it must be in. */
  readonly from: PostState | readonly PostState[];
  readonly to: PostState;
  /** Why; words are made of it. */
  readonly reason: ReasonCode;
  /** Facts that the words need: codes, ids, numbers, instants, log ids. */
  readonly details?: StateDetails;
  /** What changes with it, beside what {@link movePost} sets by itself. */
  readonly set?: PostChange;
  /** The attempt that did it. */
  readonly attemptId?: string | undefined;
}

/**
 * Moves a post to another state: the only way there is. One guarded update and one event, in the caller's
 * transaction.
 *
 * By itself it sets the moment, the reason, and what the state brings with it: `queued_at`, `fenced_at`,
 * `ended_at`; `phase`, `not_before` and `wait_reason` end with the states that they belong to.
 *
 * @returns Whether it was in the state. If not, somebody was faster: read it again, and decide anew.
 * @throws {RangeError} If no such transition exists.
 */
export async function movePost(tx: Transaction, move: PostMove): Promise<boolean> {
  const { postId, to, reason, details = {}, attemptId } = move;
  const from = typeof move.from === 'string' ? [move.from] : [...move.from];
  for (const state of from) requireTransition(state, to);
  const moved = await update(tx, move, from);
  if (moved === undefined) return false;
  await recordEvent(tx, {
    type: 'post.state_changed',
    postId,
    accountId: moved.account_id,
    attemptId,
    details: { from: moved.old_state, to, reason, ...details },
  });
  return true;
}

interface Moved {
  readonly account_id: string;
  readonly old_state: PostState;
}

async function update(
  tx: Transaction,
  { postId, to, reason, details = {}, set }: PostMove,
  from: readonly PostState[],
): Promise<Moved | undefined> {
  const query = tx
    // Locks the row, so that the state it is seen in is the one it is moved from.
    .with('seen', (db) =>
      db
        .selectFrom('posts')
        .select(['id', 'state'])
        .where('id', '=', postId)
        .where('state', '=', sql<PostState>`any(${from})`)
        .forUpdate(),
    )
    .updateTable('posts')
    .from('seen')
    .set({
      ...entering[to],
      ...set,
      state: to,
      state_reason: reason,
      state_details: details,
      state_changed_at: NOW,
      updated_at: NOW,
    })
    .whereRef('posts.id', '=', 'seen.id')
    .returning(['posts.account_id', 'seen.state as old_state'])
    .compile();
  // Every post comes by several times: its few shapes are planned once a connection.
  const name = `move_post_${hash('sha256', query.sql).slice(0, 16)}`;
  const { rows } = await tx.executeQuery(preparedQuery<Moved>(name, query.sql, query.parameters));
  return rows[0];
}

const NOW = sql<Date>`app_now()`;
const OVER = { phase: null, not_before: null, wait_reason: null, next_poll_at: null } as const;

/** What each state brings with it. */
const entering: Readonly<Record<PostState, PostChange>> = {
  draft: {},
  scheduled: {},
  held: OVER,
  // It keeps its place in the account's queue when it comes back from an attempt.
  queued: { ...OVER, queued_at: sql`coalesce(posts.queued_at, app_now())` },
  publishing: { not_before: null, wait_reason: null },
  processing: { phase: null, fenced_at: NOW },
  in_inbox: { phase: null },
  published: { ...OVER, ended_at: NOW },
  unknown: { phase: null },
  failed: { ...OVER, ended_at: NOW },
  canceled: { ...OVER, ended_at: NOW },
};
