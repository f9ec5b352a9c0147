import type { Transaction } from '../../db/database.ts';
import { recordEvent } from '../../events/record-event.ts';
import type { Services } from '../../http/services.ts';
import { type Decision, decide, type KnownPost } from './decide.ts';
import type { Fact } from './fact.ts';
import { type FollowedPost, lockFollowed } from './follow-queries.ts';
import { movePostByFact } from './move-by-fact.ts';
import { publishMore } from './publish-more.ts';

/** A post, and the attempt of it that something is said of. */
export interface FollowedIds {
  readonly postId: string;
  readonly attemptId: string;
}

/**
 * Makes what is said of a post true here: its state, its public ids, the caps that it held. In the caller's transaction;
 * facts that come twice or late change nothing.
 *
 * @returns What the fact was to the post.
 */
export async function applyFact(
  services: Services,
  tx: Transaction,
  ids: FollowedIds,
  fact: Fact,
): Promise<Decision['kind']> {
  const post = await lockFollowed(tx, ids);
  // Posts that may be deleted are not followed; an event about one that was comes too late.
  if (post === undefined) return 'nothing';
  return applyToLocked(services, tx, post, fact);
}

/** The same for a post that is locked and read already. */
export async function applyToLocked(
  services: Services,
  tx: Transaction,
  post: FollowedPost,
  fact: Fact,
): Promise<Decision['kind']> {
  const decision = decide(toKnownPost(post), fact);
  switch (decision.kind) {
    case 'move':
      if (await movePostByFact(services, tx, post, decision, fact)) return 'move';
      // Its attempt has just sent its init: what that says comes first.
      return post.state === 'publishing' ? 'too_early' : 'nothing';
    case 'publish_more':
      await publishMore(services, tx, post, decision);
      break;
    case 'contradiction':
      await recordContradiction(tx, post, fact);
      break;
    case 'nothing':
      // An attempt that was left behind is given up: what TikTok had of it counts no more.
      if (fact.says === 'failed') await services.ledger.giveBackCaps(tx, post.attempt_id);
      break;
    case 'cancel':
    case 'too_early':
      break;
  }
  return decision.kind;
}

function toKnownPost(post: FollowedPost): KnownPost {
  return {
    state: post.state,
    postMode: post.post_mode,
    privacyLevel: post.privacy_level,
    source: post.source,
    isPresentAttempt: post.attempt_id === post.present_attempt_id,
    bytesTotal: post.bytes_total,
    bytesConfirmed: post.bytes_confirmed,
    isUploadOver: post.is_upload_over,
    polls: post.polls,
    isSending: post.is_sending,
    attempts: post.attempts,
    isServedByUs: post.is_served_by_us,
    isCancelAsked: post.is_cancel_asked,
    publications: post.publications,
    visibility: post.visibility,
  };
}

/** Keeps for somebody to see that a post is said to be posted by an attempt that it has left behind. */
export async function contradict(
  tx: Transaction,
  ids: FollowedIds,
  fact: Fact,
): Promise<'contradiction' | 'nothing'> {
  const post = await lockFollowed(tx, ids);
  if (post === undefined) return 'nothing';
  await recordContradiction(tx, post, fact);
  return 'contradiction';
}

async function recordContradiction(tx: Transaction, post: FollowedPost, fact: Fact): Promise<void> {
  await recordEvent(tx, {
    type: 'post.contradicted',
    postId: post.id,
    accountId: post.account_id,
    attemptId: post.attempt_id,
    details: {
      state: post.state,
      says: fact.says,
      by: fact.by,
      is_present_attempt: post.attempt_id === post.present_attempt_id,
      log_id: fact.logId ?? null,
    },
  });
}
