import type { Post, Video } from '../state/post.ts';
import type { Posting } from './posting.ts';

/** Longest `title` and `video_description` of the Display API's video object. */
const TEXT_LIMIT = 150;

/** Makes the video that a post becomes. Nobody but its creator sees it before it is moderated. */
export function makeVideo(posting: Posting, post: Post, privacyLevel: string): Video {
  const { emulator } = posting;
  posting.lastVideoAt = Math.max(emulator.clock.now(), posting.lastVideoAt + 1);
  const title = textOf(post.post_info['title']);
  const description = textOf(post.post_info['description']);
  const video: Video = {
    id: emulator.ids.int64(),
    username: post.username,
    publish_id: post.publish_id,
    media_type: post.media_type,
    created_at: posting.lastVideoAt,
    title,
    video_description: post.media_type === 'PHOTO' ? description : title,
    duration: post.media?.duration ?? 0,
    width: post.media?.width ?? 0,
    height: post.media?.height ?? 0,
    is_aigc: post.post_info['is_aigc'] === true,
    privacy_level: privacyLevel,
    moderation: 'pending',
    is_public: false,
    like_count: 0,
    comment_count: 0,
    share_count: 0,
    view_count: 0,
  };
  emulator.store.videos.set(video.id, video);
  post.video_ids.push(video.id);
  return video;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  const cut = value.slice(0, TEXT_LIMIT);
  // A surrogate pair is not cut in half.
  return cut.length < value.length && /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
