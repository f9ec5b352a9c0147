import { recordActivity } from '../activity/record.ts';
import type { Transaction } from '../db/database.ts';
import { recordEvent } from '../events/record-event.ts';
import { ProblemError } from '../http/problem-error.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { lockPost } from './get-post.ts';
import { requireState } from './require-post.ts';

/**
 * Deletes a post that was never tried. What may have reached TikTok stays, to be explained.
 *
 * @throws {ProblemError} `post-state`.
 */
export async function deletePost(
  tx: Transaction,
  { principal, postId }: { readonly principal: Principal; readonly postId: string },
): Promise<void> {
  const post = await lockPost(tx, postId);
  requireState(post, ['draft', 'held', 'canceled'], 'deleted');
  if (post.attempts > 0) {
    const words =
      'The post was tried, and what became of it stays to be explained. Cancel it instead.';
    throw new ProblemError('post-state', words);
  }
  await tx.deleteFrom('posts').where('id', '=', postId).execute();
  const { account_id: accountId } = post;
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'post.deleted',
    accountId,
    subjectId: postId,
    reason: post.state,
  });
  await recordEvent(tx, { type: 'post.deleted', accountId, details: { post_id: postId } });
}
