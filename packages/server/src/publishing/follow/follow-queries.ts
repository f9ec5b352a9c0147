import type { PostMode, PostState } from '@greenroom/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { preparedQuery, type Transaction } from '../../db/transaction.ts';
import type { Visibility } from '../../posts/tables.ts';
import type { Publications } from './publications.ts';

/** A post that TikTok is to be asked about now: ids only. */
export interface ClaimedPoll {
  readonly postId: string;
  readonly workspaceId: string;
  readonly accountId: string;
  readonly attemptId: string;
  /** `null`: the answer that told it was lost. */
  readonly publishId: string | null;
}

/** Takes up to `most` posts whose poll is due. No other process gets them for 8 s: twice asked does no harm. */
export async function claimPolls(database: Database, most: number): Promise<ClaimedPoll[]> {
  const { rows } = await sql<{
    post_id: string;
    workspace_id: string;
    account_id: string;
    attempt_id: string;
    publish_id: string | null;
  }>`
    select post_id, workspace_id, account_id, attempt_id, publish_id
    from claim_polls(${most})`.execute(database.kysely);
  return rows.map((row) => ({
    postId: row.post_id,
    workspaceId: row.workspace_id,
    accountId: row.account_id,
    attemptId: row.attempt_id,
    publishId: row.publish_id,
  }));
}

/** What is known of a post and of one of its attempts, as facts about it are judged. */
export interface FollowedPost {
  readonly id: string;
  readonly account_id: string;
  readonly state: PostState;
  readonly state_changed_at: Date;
  readonly fenced_at: Date | null;
  readonly post_mode: PostMode;
  readonly privacy_level: string | null;
  readonly present_attempt_id: string | null;
  readonly attempt_id: string;
  readonly source: 'FILE_UPLOAD' | 'PULL_FROM_URL';
  readonly bytes_total: number | null;
  readonly bytes_confirmed: number;
  /** Whether the hour of its `upload_url` has been over for a while. */
  readonly is_upload_over: boolean;
  /** Whether a checkpoint of its upload is stored. */
  readonly keeps_upload: boolean;
  /** TikTok's name of the attempt. */
  readonly publish_id: string | null;
  readonly polls: number;
  /** Whether the present attempt has sent an init. */
  readonly is_sending: boolean;
  readonly attempts: number;
  /** Whether TikTok pulls, and all of it from us. */
  readonly is_served_by_us: boolean;
  readonly is_cancel_asked: boolean;
  readonly publications: Publications;
  readonly visibility: Visibility | null;
  readonly post_ids: readonly string[];
  readonly wait_reason: string | null;
}

/** Reads a post and keeps others from it until the transaction ends; `undefined` when it was deleted. */
export async function lockFollowed(
  tx: Transaction,
  { attemptId, postId }: { readonly postId: string; readonly attemptId: string },
): Promise<FollowedPost | undefined> {
  const query = preparedQuery<FollowedPost>('lock_followed', LOCK_FOLLOWED, [postId, attemptId]);
  return (await tx.executeQuery(query)).rows[0];
}

const LOCK_FOLLOWED = `
select p.id, p.account_id, p.state, p.state_changed_at, p.fenced_at, p.post_mode, p.privacy_level,
  p.attempt_id as present_attempt_id, a.id as attempt_id, a.source, p.bytes_total, a.bytes_confirmed,
  coalesce(a.upload_expires_at < app_now() - interval '10 minutes', false) as is_upload_over,
  a.upload_sealed is not null as keeps_upload, a.publish_id, p.polls, exists (
    select from attempts n where n.id = p.attempt_id and n.init_sent_at is not null) as is_sending,
  p.attempts, a.source = 'PULL_FROM_URL' and not exists (
    select from post_media m where m.post_id = p.id and m.url is not null) as is_served_by_us,
  p.cancel_asked_at is not null as is_cancel_asked, p.publications, p.visibility, p.post_ids,
  p.wait_reason
from posts p join attempts a on a.post_id = p.id
where p.id = $1 and a.id = $2
for update of p`;

/** So long from now, as SQL; `null`: never. */
export function inMilliseconds(ms: number | null): RawBuilder<Date> | null {
  return ms === null ? null : sql<Date>`app_now() + ${ms}::float8 * interval '1 millisecond'`;
}

/** Plans the next poll of a post that stays as it is; `null`: only events tell from now on. */
export async function planNextPoll(
  tx: Transaction,
  postId: string,
  {
    pauseMs,
    waitReason = null,
  }: { readonly pauseMs: number | null; readonly waitReason?: string | null },
): Promise<void> {
  await tx.executeQuery(
    preparedQuery('plan_next_poll', PLAN_NEXT_POLL, [postId, pauseMs, waitReason]),
  );
}

const PLAN_NEXT_POLL = `
update posts set polls = polls + 1, wait_reason = $3,
  next_poll_at = app_now() + $2::float8 * interval '1 millisecond'
where id = $1`;

/** Notes that a post is in TikTok's hands by a `publish_id` that an event told, where the answer was lost. */
export async function adoptPublishId(
  tx: Transaction,
  { attemptId, postId }: { readonly postId: string; readonly attemptId: string },
  publishId: string,
): Promise<void> {
  // The post first, as everywhere.
  await tx.updateTable('posts').set({ publish_id: publishId }).where('id', '=', postId).execute();
  await tx
    .updateTable('attempts')
    .set({ publish_id: publishId, init_answered_at: sql<Date>`app_now()` })
    .where('id', '=', attemptId)
    .execute();
}

/** An attempt by TikTok's name of it. */
export async function findAttempt(
  tx: Transaction,
  accountId: string,
  publishId: string,
): Promise<{ readonly postId: string; readonly attemptId: string } | undefined> {
  const query = preparedQuery<{ id: string; post_id: string }>('find_attempt', FIND_ATTEMPT, [
    publishId,
    accountId,
  ]);
  const [row] = (await tx.executeQuery(query)).rows;
  return row && { postId: row.post_id, attemptId: row.id };
}

const FIND_ATTEMPT = 'select id, post_id from attempts where publish_id = $1 and account_id = $2';
