import type { Visibility } from '../../posts/tables.ts';
import type { FollowedPost } from './follow-queries.ts';
import { type Pace, planPoll } from './poll-schedule.ts';

/** What decides how often a post is looked after. */
export type Paced = Pick<
  FollowedPost,
  'state' | 'state_changed_at' | 'fenced_at' | 'post_mode' | 'visibility'
>;

/** The pause until a post is looked after again, in milliseconds; `null`: it is not. */
export function pauseOf(post: Paced, now: Date, pace: Pace | null = paceOf(post)): number | null {
  if (pace === null) return null;
  // TikTok works on it since the fence, wherever the post has been since.
  const fencedAt = post.state === 'processing' ? post.fenced_at : null;
  const since = fencedAt ?? post.state_changed_at;
  return planPoll(pace, Math.max(now.getTime() - since.getTime(), 0));
}

/** Why a post is looked after; `null`: it is not. */
export function paceOf(post: Pick<Paced, 'state' | 'post_mode' | 'visibility'>): Pace | null {
  const { post_mode: postMode, state, visibility } = post;
  if (state === 'processing' || state === 'unknown') return state;
  if (state === 'in_inbox') return 'creator';
  return state === 'published' ? paceOfPublished(postMode, visibility) : null;
}

function paceOfPublished(
  postMode: FollowedPost['post_mode'],
  visibility: Visibility | null,
): Pace | null {
  if (visibility === 'pending') return 'public_id';
  // The creator may make further posts of the draft.
  return postMode === 'MEDIA_UPLOAD' && visibility === 'public' ? 'creator' : null;
}
