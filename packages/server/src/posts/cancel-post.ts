import { type Selectable, sql } from 'kysely';
import { recordActivity } from '../activity/record.ts';
import { inWorkspace, type Transaction } from '../db/database.ts';
import { recordEvent } from '../events/record-event.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { revokeMediaUrls } from '../media/serving/media-urls.ts';
import { startNextAttempt } from '../publishing/attempt/start-attempt.ts';
import { cancelPull } from '../publishing/follow/cancel-pull.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { lockPost, type StoredPost } from './get-post.ts';
import { movePost } from './move-post.ts';
import { requireState, wrongState } from './require-post.ts';
import type { AttemptsTable } from './tables.ts';

/**
 * Cancels a post for as long as it cannot have been posted.
 *
 * An upload can be stopped until its last chunk is sent: that is the fence. What TikTok pulls, it is asked to drop,
 * and its status decides.
 *
 * @throws {ProblemError} `post-state` when it is too late.
 */
export async function cancelPost(
  services: Services,
  { principal, postId }: { readonly principal: Principal; readonly postId: string },
): Promise<void> {
  const { workspaceId } = principal;
  const isPulled = await inWorkspace(services.database, workspaceId, async (tx) => {
    const post = await lockPost(tx, postId);
    const isAsked = await cancelUnsent(services, tx, post);
    await recordActivity(tx, {
      actor: toActor(principal),
      action: isAsked ? 'post.cancel_asked' : 'post.canceled',
      accountId: post.account_id,
      subjectId: postId,
      reason: post.state,
    });
    return isAsked;
  });
  if (isPulled) await cancelPull(services, { workspaceId, postId });
}

/** Cancels what nothing of was sent that can post; says whether TikTok has to be asked instead. */
async function cancelUnsent(
  services: Services,
  tx: Transaction,
  post: StoredPost,
): Promise<boolean> {
  const { id: postId, state } = post;
  if (state === 'publishing') return stopAttempt(services, tx, post);
  if (state === 'processing') {
    if ((await lockAttempt(tx, post)).source === 'PULL_FROM_URL') return true;
    throw wrongState(post, 'canceled');
  }
  requireState(post, ['draft', 'held', 'scheduled', 'queued'], 'canceled');
  await movePost(tx, { postId, from: state, to: 'canceled', reason: 'canceled' });
  return false;
}

/**
 * Ends the attempt of a post, and the post with it, if its fence is not passed.
 *
 * Whoever runs the attempt commits each step under a lock on the same rows: it finds the attempt ended, and sends
 * nothing more.
 */
async function stopAttempt(
  services: Services,
  tx: Transaction,
  post: StoredPost,
): Promise<boolean> {
  const attempt = await lockAttempt(tx, post);
  const isSent = attempt.init_sent_at !== null;
  if (attempt.source === 'PULL_FROM_URL' && isSent) return true;
  if (attempt.fence_at !== null) {
    throw new ProblemError(
      'post-state',
      'The last part of the video is being sent, so the post cannot be canceled any more.',
    );
  }
  const { id: postId, account_id: accountId } = post;
  const { id: attemptId } = attempt;
  await movePost(tx, {
    postId,
    from: 'publishing',
    to: 'canceled',
    reason: 'canceled',
    attemptId,
  });
  await endCanceled(tx, attempt);
  await revokeMediaUrls(tx, attemptId);
  // TikTok counts an init that it accepted until it gives it up; what was never sent it cannot count.
  if (isSent) await services.ledger.letCapsRunOut(tx, attemptId);
  else await services.ledger.giveBackCaps(tx, attemptId);
  await startNextAttempt(services, tx, accountId);
  return false;
}

type Attempt = Pick<
  Selectable<AttemptsTable>,
  'id' | 'post_id' | 'account_id' | 'source' | 'init_sent_at' | 'fence_at'
>;

async function lockAttempt(tx: Transaction, post: StoredPost): Promise<Attempt> {
  return tx
    .selectFrom('attempts')
    .select(['id', 'post_id', 'account_id', 'source', 'init_sent_at', 'fence_at'])
    .where('id', '=', post.attempt_id)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

async function endCanceled(tx: Transaction, attempt: Attempt): Promise<void> {
  const outcome = 'canceled';
  await tx
    .updateTable('attempts')
    .set({ state: 'ended', outcome, ended_at: sql<Date>`app_now()`, upload_sealed: null })
    .where('id', '=', attempt.id)
    .execute();
  await recordEvent(tx, {
    type: 'attempt.ended',
    postId: attempt.post_id,
    accountId: attempt.account_id,
    attemptId: attempt.id,
    details: { outcome },
  });
}
