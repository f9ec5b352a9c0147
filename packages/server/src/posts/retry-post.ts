import type { BodyOf, Operations } from '@greenroom/contract';
import { recordActivity } from '../activity/record.ts';
import type { Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { consentOf, recordConsent } from './consent.ts';
import { NOT_ASKED } from './creator-answer.ts';
import { refuseDuplicate } from './duplicates.ts';
import { lockPost, type StoredPost } from './get-post.ts';
import { type Judgement, judgePost } from './judge-post.ts';
import { requeue } from './queue-now.ts';
import { readFacts } from './read-facts.ts';
import { requireState, requireVersion } from './require-post.ts';
import { blocking } from './rules/check-post.ts';
import type { Consent } from './tables.ts';
import { invalidPost } from './verdict.ts';

/** What a call that sends a failed post again brings. */
export interface RetryCall {
  readonly principal: Principal;
  readonly postId: string;
  readonly body: BodyOf<Operations['retryPost']>;
}

/**
 * Sends a failed post again: it has posted nothing, so this cannot double it. Its consent must be to the post as it
 * stands.
 *
 * @throws {ProblemError} `post-invalid`, `post-duplicate`, `post-state` or `version-mismatch`; nothing is changed then.
 */
export async function retryPost(
  services: Services,
  tx: Transaction,
  { principal, postId, body }: RetryCall,
): Promise<void> {
  const post = await lockPost(tx, postId);
  requireState(post, ['failed'], 'sent again');
  requireVersion(post, body.version);
  const consent = consentOf(services.clock, principal, post, body.consent);
  const { contentHash } = await requireSendable(services, tx, post, consent);
  const { account_id: accountId } = post;
  if (!body.allow_duplicate) {
    await refuseDuplicate(tx, { postId, accountId, contentHash, publishAt: null });
  }
  await recordConsent(tx, principal, { ...post, consent }, body.consent);
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'post.retried',
    accountId,
    subjectId: postId,
    reason: post.state_reason ?? 'failed',
  });
  await requeue(services, tx, post, {
    from: 'failed',
    reason: 'retried',
    set: { consent, content_hash: contentHash, version: post.version + 1 },
  });
}

/**
 * Refuses to send a post again that its rules would only hold: TikTok is asked about the creator right before.
 *
 * @throws {ProblemError} `post-invalid`.
 */
export async function requireSendable(
  services: Services,
  tx: Transaction,
  post: StoredPost,
  consent: Consent | null,
): Promise<Judgement> {
  const judged = judgePost(services, {
    facts: await readFacts(tx, post.account_id, post),
    content: post,
    consent,
    publishAt: undefined,
    creator: NOT_ASKED,
  });
  const problems = blocking(judged.problems);
  if (problems.length > 0) throw invalidPost(problems);
  return judged;
}
