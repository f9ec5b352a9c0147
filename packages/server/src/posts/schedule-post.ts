import type { BodyOf, Operations } from '@greenroom/contract';
import type { Transaction } from '../db/database.ts';
import { recordEvent } from '../events/record-event.ts';
import type { Services } from '../http/services.ts';
import type { Principal } from '../workspaces/principal.ts';
import { changePost } from './change-post.ts';
import { consentOf, recordConsent } from './consent.ts';
import type { CreatorAnswer } from './creator-answer.ts';
import { refuseDuplicate } from './duplicates.ts';
import { lockPost, type StoredPost } from './get-post.ts';
import { judgePost } from './judge-post.ts';
import { movePost } from './move-post.ts';
import { queueNow } from './queue-now.ts';
import { readFacts } from './read-facts.ts';
import { requireState, requireVersion } from './require-post.ts';
import type { Consent } from './tables.ts';
import { toDate } from './to-date.ts';
import { judgeSchedule, type Verdict } from './verdict.ts';

/** What a call that schedules brings. */
export interface ScheduleCall {
  readonly principal: Principal;
  readonly postId: string;
  readonly body: BodyOf<Operations['schedulePost']>;
  readonly creator: CreatorAnswer;
}

/**
 * Schedules a draft or a held post, or moves a scheduled one to another moment.
 *
 * @throws {ProblemError} `post-invalid`, `post-duplicate`, `post-state` or `version-mismatch`; nothing is changed then.
 */
export async function schedulePost(
  services: Services,
  tx: Transaction,
  { principal, postId, body, creator }: ScheduleCall,
): Promise<void> {
  const post = await lockPost(tx, postId);
  requireState(post, ['draft', 'held', 'scheduled'], 'scheduled');
  requireVersion(post, body.version);
  const { account_id: accountId } = post;
  const publishAt = body.publish_at === undefined ? post.publish_at : toDate(body.publish_at);
  const consent = consentOf(services.clock, principal, post, body.consent);
  const { problems, contentHash } = judgePost(services, {
    facts: await readFacts(tx, accountId, post),
    content: post,
    consent,
    publishAt,
    creator,
  });
  const verdict = judgeSchedule(problems, principal.kind === 'person');
  if (verdict.state === 'scheduled' && !body.allow_duplicate) {
    await refuseDuplicate(tx, { postId, accountId, contentHash, publishAt });
  }
  await recordConsent(tx, principal, { ...post, consent }, body.consent);
  await settle(tx, post, verdict, {
    publish_at: publishAt,
    consent,
    content_hash: contentHash,
    version: post.version + 1,
  });
  if (verdict.state === 'scheduled' && publishAt === null) {
    await queueNow(services, tx, { postId, accountId });
  }
}

/** What scheduling sets. */
interface Agreed {
  readonly publish_at: Date | null;
  readonly consent: Consent | null;
  readonly content_hash: Buffer;
  readonly version: number;
}

/** Brings a post to where the verdict says, or changes it where it stands there already. */
async function settle(
  tx: Transaction,
  post: StoredPost,
  { state, reason, details }: Verdict,
  set: Agreed,
): Promise<void> {
  const { id: postId, account_id: accountId } = post;
  const { consent, publish_at: publishAt, version } = set;
  if (post.state !== state) {
    await movePost(tx, { postId, from: post.state, to: state, reason, details, set });
    return;
  }
  await changePost(tx, postId, { ...set, state_reason: reason, state_details: details });
  const fields = [
    ...(publishAt?.getTime() === post.publish_at?.getTime() ? [] : ['publish_at']),
    ...(consent === post.consent ? [] : ['consent']),
  ];
  await recordEvent(tx, { type: 'post.updated', postId, accountId, details: { version, fields } });
}
