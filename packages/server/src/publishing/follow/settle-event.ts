import type { Transaction } from '../../db/database.ts';
import type { Services } from '../../http/services.ts';
import { applyFact, contradict } from './apply-fact.ts';
import type { PostFact } from './fact.ts';
import { adoptPublishId, findAttempt } from './follow-queries.ts';
import { listLostAttempts } from './lost-attempts.ts';
import { findOwner } from './whose-post.ts';

/** What became of an event about a post; `later`: it cannot be judged yet. */
export type EventOutcome =
  | 'applied'
  | 'changed_nothing'
  | 'contradiction'
  | 'unknown_post'
  | 'later';

/**
 * Applies an event of TikTok's to the post that it is about, in the caller's transaction.
 *
 * An event may be faster than our own commit of the `publish_id` that it names, and one may name an id that we never got
 * because the answer was lost: whose it is then, `findOwner` decides.
 */
export async function settlePostEvent(
  services: Services,
  tx: Transaction,
  accountId: string,
  event: PostFact,
): Promise<EventOutcome> {
  const { fact, publishId, publishType } = event;
  const known = await findAttempt(tx, accountId, publishId);
  if (known !== undefined) return OUTCOMES[await applyFact(services, tx, known, fact)];
  const owner = findOwner(await listLostAttempts(tx, accountId), fact, publishType);
  if (owner.kind === 'nobody') return 'unknown_post';
  if (owner.kind === 'wait') return 'later';
  if (owner.kind === 'left') return OUTCOMES[await contradict(tx, owner.attempt, fact)];
  await adoptPublishId(tx, owner.attempt, publishId);
  return OUTCOMES[await applyFact(services, tx, owner.attempt, fact)];
}

const OUTCOMES = {
  move: 'applied',
  publish_more: 'applied',
  nothing: 'changed_nothing',
  // Only polls ask TikTok for a cancel; an event tells of none.
  cancel: 'changed_nothing',
  contradiction: 'contradiction',
  too_early: 'later',
} as const satisfies Record<Awaited<ReturnType<typeof applyFact>>, EventOutcome>;
