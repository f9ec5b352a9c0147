import type { Emulator } from '../emulator.ts';
import type { Json } from '../json.ts';
import type { Post, Video } from '../state/post.ts';
import { emitPostEvent } from '../webhooks/post-events.ts';
import type { Posting } from './posting.ts';

/** The event that moderates a video. */
export const VIDEO_MODERATED = 'video.moderated';

/** Plans the moderation of a video that everybody is to see, unless a call is to do it. */
export function scheduleModeration({ clock, settings }: Emulator, video: Video): void {
  if (settings.moderation === 'manual' || video.privacy_level !== 'PUBLIC_TO_EVERYONE') return;
  clock.schedule({
    at: clock.now() + settings.moderation_seconds * 1000,
    kind: VIDEO_MODERATED,
    payload: video.id,
  });
}

/** Approves or rejects a video, as the settings say at that moment. */
export function moderateVideo(posting: Posting, videoId: Json): void {
  const { store, settings } = posting.emulator;
  const video = typeof videoId === 'string' ? store.videos.get(videoId) : undefined;
  if (video === undefined || video.moderation !== 'pending') return;
  if (settings.moderation === 'approve') approveVideo(posting, video);
  if (settings.moderation === 'reject') rejectVideo(posting, video);
}

/** Lets everybody see a video, and tells its public id. */
export function approveVideo(posting: Posting, video: Video): void {
  video.moderation = 'approved';
  if (video.privacy_level === 'PUBLIC_TO_EVERYONE') showVideo(posting, video);
}

/** Keeps a video from the public for good. Its post stays complete, without a public id. */
export function rejectVideo(posting: Posting, video: Video): void {
  video.moderation = 'rejected';
  hideVideo(posting, video);
}

/** Takes a video down. */
export function removeVideo(posting: Posting, video: Video): void {
  video.moderation = 'removed';
  hideVideo(posting, video);
}

function showVideo(posting: Posting, video: Video): void {
  if (video.is_public) return;
  video.is_public = true;
  const post = findPost(posting, video);
  if (post === undefined) return;
  post.post_ids.push(video.id);
  emitPostEvent(posting, post, 'post.publish.publicly_available', { post_id: video.id });
}

/** Takes a video out of everybody's sight. */
function hideVideo(posting: Posting, video: Video): void {
  if (!video.is_public) return;
  video.is_public = false;
  const post = findPost(posting, video);
  if (post === undefined) return;
  post.post_ids = post.post_ids.filter((id) => id !== video.id);
  emitPostEvent(posting, post, 'post.publish.no_longer_publicaly_available', { post_id: video.id });
}

function findPost(posting: Posting, { publish_id }: Video): Post | undefined {
  return publish_id === null ? undefined : posting.emulator.store.posts.get(publish_id);
}
