import type { Transaction } from '../../db/database.ts';
import { recordEvent } from '../../events/record-event.ts';
import type { FollowedPost } from './follow-queries.ts';

/** Tells once why TikTok is not asked about a post, does not know it, or says of it what nobody understands. */
export async function recordWait(
  tx: Transaction,
  post: FollowedPost,
  reason: string,
  facts: { readonly status?: string } = {},
): Promise<void> {
  if (reason === post.wait_reason) return;
  await recordEvent(tx, {
    type: 'post.waits',
    postId: post.id,
    accountId: post.account_id,
    attemptId: post.attempt_id,
    details: { reason, until: null, ...facts },
  });
}
