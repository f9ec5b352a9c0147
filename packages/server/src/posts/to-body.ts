import type { AnswerOf, Operations } from '@greenroom/contract';
import { postUrl } from '@greenroom/sdk';
import { findUsernames } from '../accounts/account-queries.ts';
import type { Transaction } from '../db/database.ts';
import { findMediaNames, type MediaName } from '../media/media-names.ts';
import { nameActor } from './consent.ts';
import type { StoredPost } from './get-post.ts';
import { describeReason } from './reasons.ts';
import type { StateDetails } from './tables.ts';

/** A post as the API shows it. */
export type PostBody = AnswerOf<Operations['getPost']>['body'];

/** What posts are shown with beside their own rows. */
interface Beside {
  readonly usernames: ReadonlyMap<string, string>;
  readonly media: ReadonlyMap<string, MediaName>;
}

/** Reads what posts are shown with, for all of them at once, and shows them. */
export async function toPostBodies(
  tx: Transaction,
  posts: readonly StoredPost[],
): Promise<PostBody[]> {
  const accountIds = new Set(posts.map(({ account_id }) => account_id));
  const mediaIds = new Set(
    posts.flatMap(({ media }) => media.flatMap(({ media_id }) => media_id ?? [])),
  );
  const usernames = await findUsernames(tx, [...accountIds]);
  const media = await findMediaNames(tx, [...mediaIds]);
  return posts.map((post) => toPostBody(post, { usernames, media }));
}

function toPostBody(post: StoredPost, beside: Beside): PostBody {
  return {
    id: post.id,
    account_id: post.account_id,
    version: post.version,
    state: post.state,
    reason: toReasonBody(post.state_reason, post.state_details),
    state_changed_at: post.state_changed_at.toISOString(),
    wait: toWaitBody(post),
    media_type: post.media_type,
    post_mode: post.post_mode,
    media: post.media.map(({ media_id, url }) => {
      const named = media_id === null ? undefined : beside.media.get(media_id);
      return { media_id, url, file_name: named?.file_name ?? null, size: named?.size ?? null };
    }),
    title: post.title,
    description: post.description,
    // The column takes what the API takes, whose schema has checked it.
    privacy_level: post.privacy_level as PostBody['privacy_level'],
    disable_comment: post.disable_comment,
    disable_duet: post.disable_duet,
    disable_stitch: post.disable_stitch,
    commercial_disclosure: post.commercial_disclosure,
    brand_organic_toggle: post.brand_organic_toggle,
    brand_content_toggle: post.brand_content_toggle,
    is_aigc: post.is_aigc,
    auto_add_music: post.auto_add_music,
    video_cover_timestamp_ms: post.video_cover_timestamp_ms,
    photo_cover_index: post.photo_cover_index,
    consent: post.consent,
    publish_at: post.publish_at?.toISOString() ?? null,
    not_before: post.not_before?.toISOString() ?? null,
    phase: post.phase,
    bytes_total: post.bytes_total,
    bytes_confirmed: post.bytes_confirmed,
    attempts: post.attempts,
    publish_id: post.publish_id,
    visibility: post.visibility,
    post_ids: post.post_ids,
    post_urls: toUrls(post, beside),
    created_by: nameActor({ kind: post.created_by_kind, id: post.created_by_id }),
    created_at: post.created_at.toISOString(),
    updated_at: post.updated_at.toISOString(),
  };
}

function toReasonBody(code: string | null, details: StateDetails): PostBody['reason'] {
  if (code === null) return null;
  const { words, remedy, whoseMove, logId } = describeReason(code, details);
  return {
    code,
    words,
    remedy,
    whose_move: whoseMove === 'person' ? 'you' : whoseMove,
    log_id: logId,
  };
}

function toWaitBody({ wait_reason: code, not_before: until }: StoredPost): PostBody['wait'] {
  if (code === null) return null;
  const { words, remedy } = describeReason(code);
  return { code, words, remedy, until: until?.toISOString() ?? null };
}

/** Addresses of public posts; none while the account's handle is not known. */
function toUrls(post: StoredPost, { usernames }: Beside): string[] {
  const username = usernames.get(post.account_id);
  if (username === undefined) return [];
  const mediaType = post.media_type === 'VIDEO' ? 'video' : 'photo';
  return post.post_ids.map((postId) => postUrl({ username, postId, mediaType }));
}
