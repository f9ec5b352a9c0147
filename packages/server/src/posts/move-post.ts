import { hash } from 'node:crypto';
import type { PostState } from '@greenroom/contract';
import { type RawBuilder, sql, type Updateable } from 'kysely';
import { preparedQuery, type Transaction } from '../db/transaction.ts';
import { recordEvents } from '../events/record-event.ts';
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

/** How posts are to move. */
export interface Move {
  /** The state, or states, that they must be in. */
  readonly from: PostState | readonly PostState[];
  readonly to: PostState;
  /** Why; words are made of it. */
  readonly reason: ReasonCode;
  /** Facts that the words need: codes, ids, numbers, instants, log ids. */
  readonly details?: StateDetails;
  /** What changes with it, beside what moving sets by itself. */
  readonly set?: PostChange;
  /** The attempt that did it. */
  readonly attemptId?: string | undefined;
}

/** How a post is to move. */
export interface PostMove extends Move {
  readonly postId: string;
}

/** A post that was moved. */
export interface MovedPost {
  readonly id: string;
  readonly account_id: string;
  readonly old_state: PostState;
}

/**
 * Moves a post to another state: the only way there is, with {@link movePosts}. One guarded update and one event, in
 * the caller's transaction.
 *
 * By itself it sets the moment, the reason, and what the state brings with it: `queued_at`, `fenced_at`,
 * `ended_at`; `phase`, `not_before` and `wait_reason` end with the states that they belong to.
 *
 * @returns Whether it was in the state. If not, somebody was faster: read it again, and decide anew.
 * @throws {RangeError} If no such transition exists.
 */
export async function movePost(tx: Transaction, { postId, ...move }: PostMove): Promise<boolean> {
  const moved = await update(tx, [postId], move, sql`for update`);
  return moved.length > 0;
}

/** Moves those of many posts that are in the state, are not worked on by somebody else, and fulfil a condition. */
export async function movePosts(
  tx: Transaction,
  postIds: readonly string[],
  move: Move,
  condition: RawBuilder<boolean>,
): Promise<MovedPost[]> {
  return update(tx, postIds, move, sql`and ${condition} for update skip locked`);
}

async function update(
  tx: Transaction,
  postIds: readonly string[],
  move: Move,
  lock: RawBuilder<unknown>,
): Promise<MovedPost[]> {
  const { to, reason, details = {}, set } = move;
  const from = typeof move.from === 'string' ? [move.from] : move.from;
  for (const state of from) requireTransition(state, to);
  const query = tx
    // Locks the rows, so that the state they are seen in is the one they are moved from.
    .with('seen', (db) =>
      db
        .selectFrom('posts')
        .select(['id', 'state'])
        // One id and many are planned apart: for one, the plan is made once a connection.
        .where('id', '=', postIds.length === 1 ? (postIds[0] ?? '') : sql<string>`any(${postIds})`)
        .where('state', '=', sql<PostState>`any(${from})`)
        .modifyEnd(lock),
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
    .returning(['posts.id', 'posts.account_id', 'seen.state as old_state'])
    .compile();
  // Every post comes by several times: the few shapes are planned once a connection.
  const name = `move_posts_${hash('sha256', query.sql).slice(0, 16)}`;
  const { rows } = await tx.executeQuery(
    preparedQuery<MovedPost>(name, query.sql, query.parameters),
  );
  await recordMoves(tx, rows, move);
  return rows;
}

async function recordMoves(
  tx: Transaction,
  moved: readonly MovedPost[],
  { to, reason, details, attemptId }: Move,
): Promise<void> {
  await recordEvents(
    tx,
    moved.map(({ id, account_id: accountId, old_state: from }) => ({
      type: 'post.state_changed',
      postId: id,
      accountId,
      attemptId,
      details: { from, to, reason, ...details },
    })),
  );
}

const NOW = sql<Date>`app_now()`;
const OVER = { phase: null, not_before: null, wait_reason: null, next_poll_at: null } as const;

/** What each state brings with it. */
const entering: Readonly<Record<PostState, PostChange>> = {
  draft: {},
  scheduled: { queued_at: null },
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
