import type { Transaction } from '../../db/database.ts';
import type { Services } from '../../http/services.ts';
import { revokeMediaUrls } from '../../media/serving/media-urls.ts';
import { movePost, type PostChange } from '../../posts/move-post.ts';
import type { StateDetails } from '../../posts/tables.ts';
import { reopenTransfer } from '../attempt/reopen-transfer.ts';
import { startNextAttempt } from '../attempt/start-attempt.ts';
import { closeAttempt, forgetUpload } from './close-attempt.ts';
import type { Decision } from './decide.ts';
import type { Fact } from './fact.ts';
import { type FollowedPost, inMilliseconds } from './follow-queries.ts';
import { paceOf } from './pace.ts';
import { planPoll } from './poll-schedule.ts';
import { listPublicIds } from './publications.ts';
import { recordVisibility } from './publish-more.ts';

type Move = Extract<Decision, { kind: 'move' }>;

/**
 * Moves a post as a fact decided, with all that goes with it, in the caller's transaction. The post is locked.
 *
 * @returns Whether it moved; bytes that TikTok misses can only be sent when the account publishes nothing else, and what
 * a former attempt has posted can only end an attempt that has sent nothing.
 */
export async function movePostByFact(
  services: Services,
  tx: Transaction,
  post: FollowedPost,
  decision: Move,
  fact: Fact,
): Promise<boolean> {
  const { id: postId, attempt_id: attemptId } = post;
  const { to, reason } = decision;
  if (to === 'publishing') {
    const told = fact.says === 'uploading' ? fact.bytes : undefined;
    const bytesConfirmed = told ?? post.bytes_confirmed;
    return reopenTransfer(services, tx, { postId, attemptId, bytesConfirmed });
  }
  if (!(await dropUnsent(services, tx, post, decision))) return false;
  const details = toDetails(decision, fact);
  const set = toChange(post, decision);
  await movePost(tx, { postId, from: post.state, to, reason, details, set, attemptId });
  if (decision.visibility !== null) {
    const { publications, visibility } = decision;
    await recordVisibility(tx, post, { publications, visibility });
  }
  await leaveAttempt(services, tx, post, decision);
  return true;
}

function toDetails({ to, reason }: Move, fact: Fact): StateDetails {
  const isFailReason = fact.says === 'failed' && fact.reason === reason;
  return {
    by: fact.by,
    ...(fact.logId === undefined ? {} : { log_id: fact.logId }),
    ...(to === 'failed' && isFailReason ? { fail_reason: true } : {}),
  };
}

function toChange(post: FollowedPost, { to, publications, reason, visibility }: Move): PostChange {
  const pace = paceOf({ state: to, post_mode: post.post_mode, visibility });
  return {
    // A former attempt may have done it: from here on it is the one that is followed.
    attempt_id: post.attempt_id,
    publish_id: post.publish_id,
    not_before: to === 'queued' ? inMilliseconds(PAUSE_MS * 2 ** post.attempts) : null,
    publications,
    visibility,
    post_ids: listPublicIds(publications),
    wait_reason: to === 'queued' ? reason : null,
    // A wish of this attempt is none of the next one's.
    cancel_asked_at: null,
    polls: 0,
    next_poll_at: inMilliseconds(pace === null ? null : planPoll(pace, 0)),
  };
}

// Long enough for a process to be started again.
const PAUSE_MS = 2_500;

/** What the attempt held goes back: its place under the caps, its media addresses, the account's turn. */
async function leaveAttempt(
  services: Services,
  tx: Transaction,
  post: FollowedPost,
  { to, reason }: Move,
): Promise<void> {
  const { account_id: accountId, attempt_id: attemptId } = post;
  const isOver = to === 'failed' || to === 'canceled' || to === 'queued';
  if (post.source === 'PULL_FROM_URL') await revokeMediaUrls(tx, attemptId);
  if (post.state === 'publishing') await closeAttempt(tx, post, { outcome: to, code: reason });
  if (post.keeps_upload) await forgetUpload(tx, attemptId);
  // A draft counts as long as it waits to be posted.
  if (isOver || (to === 'published' && post.post_mode === 'MEDIA_UPLOAD')) {
    await services.ledger.giveBackCaps(tx, attemptId);
  }
  if (to === 'failed') await services.ledger.learn(tx, accountId, reason);
  if (post.state === 'publishing') await startNextAttempt(services, tx, accountId);
}

/** Ends the present attempt of a post that a former one has posted. Once its init is sent, it is too late for that. */
async function dropUnsent(
  services: Services,
  tx: Transaction,
  post: FollowedPost,
  { to, reason }: Move,
): Promise<boolean> {
  const { attempt_id: formerId, present_attempt_id: attemptId } = post;
  if (post.state !== 'publishing' || attemptId === null || attemptId === formerId) return true;
  const present = { ...post, attempt_id: attemptId };
  const isEnded = await closeAttempt(tx, present, { outcome: to, code: reason, isUnsent: true });
  if (!isEnded) return false;
  await revokeMediaUrls(tx, attemptId);
  await services.ledger.giveBackCaps(tx, attemptId);
  return true;
}
