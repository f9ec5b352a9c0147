import type { TikTokError } from '../errors.ts';
import { explainFailReason, type WhoseMove } from '../explanations.ts';
import type { PostStatus } from '../posts.ts';
import { postUrl } from './post-url.ts';

/** How publishing ended. Each form is told from the others by its `status`. */
export type PublishResult = PublishedPost | InboxPost | FailedPost | UnfinishedPost;

/** TikTok has posted it, or the creator has, of a draft. */
export interface PublishedPost {
  /** Tells this form from the others. */
  readonly status: 'published';
  /** TikTok's name of the post in status calls and webhooks. */
  readonly publishId: string;
  /**
   * Ids of the public posts, exact, as strings. Empty for posts that are not public, and until
   * TikTok's moderation is through; several for a draft that was posted several times.
   */
  readonly postIds: readonly string[];
  /** Web addresses of the public posts, in the same order; empty where the creator is not known. */
  readonly postUrls: readonly string[];
  /**
   * `public` when TikTok has told a public id, `private` when the post was made for fewer than
   * everyone, and `pending` when it may still become public.
   */
  readonly visibility: 'public' | 'private' | 'pending';
}

/** A notification waits in the creator's TikTok inbox; the creator finishes the post in the app. */
export interface InboxPost {
  /** Tells this form from the others. */
  readonly status: 'in_inbox';
  /** TikTok's name of the post in status calls and webhooks. */
  readonly publishId: string;
}

/** TikTok has refused the post. Nothing was posted. */
export interface FailedPost {
  /** Tells this form from the others. */
  readonly status: 'failed';
  /** TikTok's name of the post in status calls and webhooks. */
  readonly publishId: string;
  /** TikTok's `fail_reason` as it came; empty if it gave none. */
  readonly failReason: string;
  /** What that means and what to do about it, in a sentence or two for a person. */
  readonly explanation: string;
  /** Who has to do something before a new post can work. */
  readonly whoseMove: WhoseMove;
  /** Whether a new post, unchanged, may work. It cannot double this one. */
  readonly isRetryable: boolean;
}

/**
 * TikTok has everything and is not done yet: not a failure, and nothing to send again. Look again
 * later with `followPost`, or wait for the webhook.
 */
export interface UnfinishedPost {
  /** Tells this form from the others. */
  readonly status: 'processing';
  /** TikTok's name of the post in status calls and webhooks. */
  readonly publishId: string;
  /** The last status that TikTok told; `undefined` if it told none. */
  readonly lastStatus: string | undefined;
  /** Why the last look failed, if it did. */
  readonly lastError: TikTokError | undefined;
}

/** What is known of a post beside its status. */
export interface KnownPost {
  readonly publishId: string;
  readonly mediaType?: 'video' | 'photo' | undefined;
  /** The creator's handle; `undefined` if it was not read. */
  readonly username?: string | undefined;
  /** What the post was made for; `undefined` where the creator chooses it in the app. */
  readonly privacyLevel?: string | undefined;
}

/** Reads a status as a result; nothing while TikTok is not done. */
export function toResult(post: KnownPost, status: PostStatus): PublishResult | undefined {
  const { publishId } = post;
  if (status.status === 'FAILED') return toFailedPost(publishId, status.fail_reason ?? '');
  if (status.status === 'SEND_TO_USER_INBOX') return { status: 'in_inbox', publishId };
  if (status.status !== 'PUBLISH_COMPLETE') return undefined;
  const { publicaly_available_post_id: postIds } = status;
  const { username, mediaType = 'video' } = post;
  const postUrls =
    username === undefined ? [] : postIds.map((postId) => postUrl({ username, mediaType, postId }));
  const visibility = visibilityOf(post, postIds);
  return { status: 'published', publishId, postIds, postUrls, visibility };
}

function visibilityOf(post: KnownPost, ids: readonly string[]): PublishedPost['visibility'] {
  if (ids.length > 0) return 'public';
  const isForEveryone = (post.privacyLevel ?? 'PUBLIC_TO_EVERYONE') === 'PUBLIC_TO_EVERYONE';
  return isForEveryone ? 'pending' : 'private';
}

function toFailedPost(publishId: string, failReason: string): FailedPost {
  const { sentence, whoseMove, isRetryable } = explainFailReason(failReason);
  return { status: 'failed', publishId, failReason, explanation: sentence, whoseMove, isRetryable };
}
