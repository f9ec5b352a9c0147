import type { z } from 'zod';
import type { Emulator } from '../emulator.ts';
import type { Post } from '../state/post.ts';
import type { PostSchema } from './schemas.ts';

/** A post as the control API shows it. */
export function toPostView({ store }: Emulator, post: Post): z.input<typeof PostSchema> {
  const { created_at, finished_at, post_ids, video_ids, ...view } = post;
  return {
    ...view,
    created_at: new Date(created_at).toISOString(),
    finished_at: finished_at === null ? null : new Date(finished_at).toISOString(),
    post_ids: [...post_ids],
    videos: video_ids.flatMap((id) => {
      const video = store.videos.get(id);
      if (video === undefined) return [];
      const { privacy_level, moderation, is_public } = video;
      return [{ id, privacy_level, moderation, is_public }];
    }),
  };
}
