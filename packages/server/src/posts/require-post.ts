import type { PostState } from '@greenroom/contract';
import { ProblemError } from '../http/problem-error.ts';
import type { StoredPost } from './get-post.ts';
import { describeReason } from './reasons.ts';

/**
 * Refuses what the state of a post does not allow.
 *
 * @param deed - What was to be done with it, as in `It cannot be …`.
 * @throws {ProblemError} `post-state`, with the state and its reason in words.
 */
export function requireState(
  post: Pick<StoredPost, 'state' | 'state_reason' | 'state_details'>,
  allowed: readonly PostState[],
  deed: string,
): void {
  if (allowed.includes(post.state)) return;
  throw wrongState(post, deed);
}

/** Says that a post is in a state in which something cannot be done, and why it is in that state. */
export function wrongState(
  {
    state,
    state_reason: reason,
    state_details: details,
  }: Pick<StoredPost, 'state' | 'state_reason' | 'state_details'>,
  deed: string,
): ProblemError {
  const why = reason === null ? '' : ` ${describeReason(reason, details).words}`;
  const words = `The post is ${STATE_WORDS[state]}, so it cannot be ${deed}.${why}`;
  return new ProblemError('post-state', words);
}

/**
 * Refuses a change to another version than the one that was seen.
 *
 * @throws {ProblemError} `version-mismatch`.
 */
export function requireVersion(
  { version }: Pick<StoredPost, 'version'>,
  seen: number | undefined,
): void {
  if (seen === undefined || seen === version) return;
  throw new ProblemError(
    'version-mismatch',
    `The request names version ${seen}, and the post has version ${version}.`,
  );
}

/**
 * Refuses what somebody found out before the post had another attempt.
 *
 * @throws {ProblemError} `version-mismatch`.
 */
export function requireAttempts({ attempts }: Pick<StoredPost, 'attempts'>, seen: number): void {
  if (seen === attempts) return;
  throw new ProblemError(
    'version-mismatch',
    `The request is about attempt ${seen}, and the last one was attempt ${attempts}: look at the account again.`,
  );
}

const STATE_WORDS: Readonly<Record<PostState, string>> = {
  draft: 'a draft',
  held: 'held',
  scheduled: 'scheduled',
  queued: 'in the queue',
  publishing: 'being sent',
  processing: 'being processed by TikTok',
  in_inbox: 'in the creator’s inbox',
  published: 'published',
  unknown: 'of unknown outcome',
  failed: 'failed',
  canceled: 'canceled',
};
