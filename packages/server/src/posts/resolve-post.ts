import type { BodyOf, Operations } from '@greenroom/contract';
import { recordActivity } from '../activity/record.ts';
import type { Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { revokeMediaUrls } from '../media/serving/media-urls.ts';
import { inMilliseconds } from '../publishing/follow/follow-queries.ts';
import { paceOf } from '../publishing/follow/pace.ts';
import { planPoll } from '../publishing/follow/poll-schedule.ts';
import { listPublicIds, visibilityOf, withFact } from '../publishing/follow/publications.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { lockPost, type StoredPost } from './get-post.ts';
import { movePost, type PostChange } from './move-post.ts';
import { requeue } from './queue-now.ts';
import { requireAttempts, requireState } from './require-post.ts';
import { requireSendable } from './retry-post.ts';

/** What a person found out about a post whose outcome nobody knew. */
export interface ResolveCall {
  readonly principal: Principal;
  readonly postId: string;
  readonly body: BodyOf<Operations['resolvePost']>;
}

/**
 * Settles a post of unknown outcome by what a person saw on the account. Only so is one ever sent again, and only if
 * nobody has sent it again since they looked.
 *
 * @throws {ProblemError} `post-state`; `version-mismatch` after another attempt than the one that was looked for;
 * `post-invalid` if it is to be sent again and cannot go out as it is.
 */
export async function resolvePost(
  services: Services,
  tx: Transaction,
  { principal, postId, body }: ResolveCall,
): Promise<void> {
  const post = await lockPost(tx, postId);
  requireState(post, ['unknown'], 'resolved');
  requireAttempts(post, body.attempts);
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
  const { attempt_id: attemptId, id: postId } = post;
  // TikTok may still want to fetch for the attempt that is given up: it would post beside the next one.
  if (outcome !== 'posted' && attemptId !== null) await revokeMediaUrls(tx, attemptId);
  await leaveCaps(services, tx, post, outcome);
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
      set: toPublished(services, post, publicId),
    });
  }
}

/** What a person says of an attempt, TikTok may see otherwise for an hour; a draft that was posted counts no more. */
async function leaveCaps(
  { ledger }: Pick<Services, 'ledger'>,
  tx: Transaction,
  { attempt_id: attemptId, post_mode: postMode }: StoredPost,
  outcome: ResolveCall['body']['outcome'],
): Promise<void> {
  if (attemptId === null) return;
  if (outcome !== 'posted') await ledger.letCapsRunOut(tx, attemptId);
  else if (postMode === 'MEDIA_UPLOAD') await ledger.giveBackCaps(tx, attemptId);
}

/** As if TikTok had told of it: what is not known yet of who can see it is asked and looked for. */
function toPublished(
  { clock }: Pick<Services, 'clock'>,
  { post_mode, privacy_level: privacyLevel, publications: before }: StoredPost,
  publicId: string | undefined,
): PostChange {
  const publications =
    publicId === undefined
      ? before
      : withFact(before, { says: 'public', postId: publicId, at: clock.now() });
  const visibility = visibilityOf(publications, { postMode: post_mode, privacyLevel });
  const pace = paceOf({ state: 'published', post_mode, visibility });
  return {
    publications,
    visibility,
    post_ids: listPublicIds(publications),
    polls: 0,
    next_poll_at: inMilliseconds(pace === null ? null : planPoll(pace, 0)),
  };
}
