import type { Post } from '../state/post.ts';
import type { Posting } from './posting.ts';

/** Forgets the oldest posts, with their files and videos, beyond what is retained. */
export function trimPosts(posting: Posting): void {
  const { store, settings } = posting.emulator;
  while (store.posts.size > settings.retain) {
    const [oldest] = store.posts.values();
    if (oldest === undefined) return;
    forgetPost(posting, oldest);
  }
}

function forgetPost(posting: Posting, post: Post): void {
  const { store, media, work } = posting.emulator;
  store.posts.delete(post.publish_id);
  for (const id of post.video_ids) store.videos.delete(id);
  posting.pulls.get(post.publish_id)?.abort();
  work.track(posting.uploads.remove(post.publish_id));
  for (const sha256 of toHashes(post)) work.track(media.release(sha256));
}

/** SHA-256 of each file that a post holds. */
export function toHashes({ sha256 }: Post): readonly string[] {
  if (sha256 === null) return [];
  return typeof sha256 === 'string' ? [sha256] : sha256;
}
