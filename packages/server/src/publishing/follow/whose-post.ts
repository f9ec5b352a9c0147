import { type Fact, isPosted } from './fact.ts';

/**
 * An attempt whose init was sent and got no answer that we have: TikTok may know a post of it by a `publish_id` that we
 * do not know.
 */
export interface LostAttempt {
  readonly attemptId: string;
  readonly postId: string;
  /** When the intent was committed, just before init was sent. */
  readonly initSentAt: Date;
  readonly postMode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  /** Whether its workflow still runs, and may commit an answer at any moment. */
  readonly isOpen: boolean;
  /** Whether its post is `unknown` by it. Otherwise its fence made it harmless: it can only fail. */
  readonly isUnknown: boolean;
}

/** Whose post a fact about an unfamiliar `publish_id` tells of. */
export type Owner =
  | { readonly kind: 'attempt'; readonly attempt: LostAttempt }
  /** It has posted, and can be of this attempt only, whose post went on without it. */
  | { readonly kind: 'left'; readonly attempt: LostAttempt }
  /** It cannot be told yet. */
  | { readonly kind: 'wait' }
  /** None of ours, or none that it matters to. */
  | { readonly kind: 'nobody' };

// TikTok tells whole seconds, and its clock is not ours.
const CLOCKS_DIFFER_BY_MS = 5_000;

/**
 * Finds the attempt that a fact about an unfamiliar `publish_id` belongs to, among those of its account that lost an
 * answer. Pure.
 *
 * That something was posted can only be of an attempt that is `unknown`, for a fence keeps the others from posting. That
 * something failed may be of any of them: it settles an attempt only when there is no other. Of two that are `unknown`
 * nobody can tell which is meant, but a person. Where none is `unknown` any more, and a person had one sent again, that it
 * was posted all the same is worth telling.
 *
 * @param publishType - TikTok's `publish_type`, where it told: drafts are no direct posts.
 */
export function findOwner(
  lost: readonly LostAttempt[],
  fact: Fact,
  publishType: string | undefined,
): Owner {
  const possible = lost.filter((attempt) => isPossible(attempt, fact, publishType));
  if (possible.some(({ isOpen }) => isOpen)) return { kind: 'wait' };
  const unknown = possible.filter(({ isUnknown }) => isUnknown);
  const [attempt] = unknown;
  if (attempt === undefined) return findLeft(possible, fact);
  const isSettled = fact.says === 'failed' ? possible.length === 1 : unknown.length === 1;
  return isSettled ? { kind: 'attempt', attempt } : { kind: 'wait' };
}

function findLeft(possible: readonly LostAttempt[], fact: Fact): Owner {
  const [attempt, other] = possible;
  const isSettled = attempt !== undefined && other === undefined && isPosted(fact);
  return isSettled ? { kind: 'left', attempt } : { kind: 'nobody' };
}

function isPossible(
  { initSentAt, postMode }: LostAttempt,
  { at }: Fact,
  publishType: string | undefined,
): boolean {
  if (publishType === 'INBOX_SHARE' && postMode !== 'MEDIA_UPLOAD') return false;
  if (publishType === 'DIRECT_PUBLISH' && postMode !== 'DIRECT_POST') return false;
  return at.getTime() + CLOCKS_DIFFER_BY_MS >= initSentAt.getTime();
}
