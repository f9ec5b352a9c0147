import type { BodyOf, Operations } from '@greenroom/contract';
import { recordActivity } from '../activity/record.ts';
import type { Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { lockPost, type StoredPost } from './get-post.ts';
import { movePost } from './move-post.ts';
import { requeue } from './queue-now.ts';
import { requireState } from './require-post.ts';
import { requireSendable } from './retry-post.ts';

/** What a person found out about a post whose outcome nobody knew. */
export interface ResolveCall {
  readonly principal: Principal;
  readonly postId: string;
  readonly body: BodyOf<Operations['resolvePost']>;
}

/**
 * Settles a post of unknown outcome by what a person saw on the account. Only so is one ever sent again.
 *
 * @throws {ProblemError} `post-state`; `post-invalid` if it is to be sent again and cannot go out as it is.
 */
export async function resolvePost(
  services: Services,
  tx: Transaction,
  { principal, postId, body }: ResolveCall,
): Promise<void> {
  const post = await lockPost(tx, postId);
  requireState(post, ['unknown'], 'resolved');
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'post.resolved',
    accountId: post.account_id,
    subjectId: postId,
    reason: body.outcome,
    details: { post_id: body.post_id ?? null },
  });
  await settle(services, tx, post, body);
}

async function settle(
  services: Services,
  tx: Transaction,
  post: StoredPost,
  { outcome, post_id: publicId }: ResolveCall['body'],
): Promise<void> {
  const { id: postId } = post;
  if (outcome === 'send_again') {
    await requireSendable(services, tx, post, post.consent);
    await requeue(services, tx, post, { from: 'unknown', reason: 'resolved_send_again' });
  } else if (outcome === 'not_posted') {
    await movePost(tx, { postId, from: 'unknown', to: 'failed', reason: 'resolved_not_posted' });
  } else {
    await movePost(tx, {
      postId,
      from: 'unknown',
      to: 'published',
      reason: 'resolved_posted',
      set:
        publicId === undefined
          ? { visibility: 'pending' }
          : { visibility: 'public', post_ids: [publicId] },
    });
  }
}
