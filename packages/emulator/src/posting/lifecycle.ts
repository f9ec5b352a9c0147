import type { Emulator } from '../emulator.ts';
import type { Json } from '../json.ts';
import type { Post, Video } from '../state/post.ts';
import { emitPostEvent } from '../webhooks/post-events.ts';
import { scheduleModeration } from './moderation.ts';
import { findFailure } from './outcome.ts';
import type { Posting } from './posting.ts';
import { makeVideo } from './video.ts';

/** The event that ends the processing of a post. */
export const POST_PROCESSED = 'post.processed';

/** Statuses from which nothing follows by itself. */
export function isFinal(post: Post): boolean {
  return post.status !== 'PROCESSING_UPLOAD' && post.status !== 'PROCESSING_DOWNLOAD';
}

/** All bytes are here: processing begins, and lasts as long as the settings say. */
export function finishTransfer(posting: Posting, post: Post, sha256: string | string[]): void {
  const { clock, settings, media, work, store } = posting.emulator;
  post.sha256 = sha256;
  if (isFinal(post) || store.posts.get(post.publish_id) !== post) {
    // The post ended, or was forgotten, while its last bytes came in.
    post.sha256 = null;
    for (const hash of [sha256].flat()) work.track(media.release(hash));
    return;
  }
  clock.schedule({
    at: clock.now() + settings.processing_seconds * 1000,
    kind: POST_PROCESSED,
    payload: post.publish_id,
  });
}

/** Ends the processing of a post: published, delivered to the inbox, or failed. */
export async function processPost(posting: Posting, publishId: Json): Promise<void> {
  const post = findOpenPost(posting.emulator, publishId);
  if (post === undefined) return;
  const failReason = await findFailure(posting, post);
  // The look at the file took real time: access may have been removed, or the state reset, meanwhile.
  if (findOpenPost(posting.emulator, publishId) !== post) return;
  if (failReason !== undefined) failPost(posting, post, failReason);
  else if (post.post_mode === 'MEDIA_UPLOAD') deliverToInbox(posting, post);
  else publish(posting, post, directPrivacyOf(post));
}

/** Ends a post that did not make it, gives its place under the caps back and drops what was uploaded. */
export function failPost(posting: Posting, post: Post, failReason: string): void {
  post.status = 'FAILED';
  post.fail_reason = failReason;
  post.finished_at = posting.emulator.clock.now();
  posting.caps.giveBack(post);
  posting.pulls.get(post.publish_id)?.abort();
  posting.emulator.work.track(posting.uploads.drop(post.publish_id));
  emitPostEvent(posting, post, 'post.publish.failed', { reason: failReason });
}

/**
 * Posts what was processed, once for a direct post and as often as the creator likes for a draft.
 *
 * @returns The video that came of it.
 */
export function publish(posting: Posting, post: Post, privacyLevel: string): Video {
  const { clock } = posting.emulator;
  const video = makeVideo(posting, post, privacyLevel);
  post.status = 'PUBLISH_COMPLETE';
  post.finished_at = clock.now();
  if (post.post_mode === 'MEDIA_UPLOAD') posting.caps.giveBack(post);
  emitPostEvent(posting, post, 'post.publish.complete');
  scheduleModeration(posting.emulator, video);
  return video;
}

function deliverToInbox(posting: Posting, post: Post): void {
  post.status = 'SEND_TO_USER_INBOX';
  post.finished_at = posting.emulator.clock.now();
  emitPostEvent(posting, post, 'post.publish.inbox_delivered');
}

function findOpenPost(emulator: Emulator, publishId: Json): Post | undefined {
  const post = typeof publishId === 'string' ? emulator.store.posts.get(publishId) : undefined;
  return post === undefined || isFinal(post) ? undefined : post;
}

function directPrivacyOf({ post_info }: Post): string {
  const level = post_info['privacy_level'];
  return typeof level === 'string' ? level : 'SELF_ONLY';
}
