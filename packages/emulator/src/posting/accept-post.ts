import type { FastifyRequest } from 'fastify';
import type { Access } from '../gateway/access.ts';
import type { Post } from '../state/post.ts';
import type { Posting } from './posting.ts';
import { trimPosts } from './retention.ts';

/** An init that broke no rule. */
export type AcceptedInit = Pick<
  Post,
  'source' | 'media_type' | 'post_mode' | 'post_info' | 'source_info'
>;

/** Makes the post of an accepted init, and counts it toward the caps. */
export function acceptPost(
  posting: Posting,
  request: FastifyRequest,
  { app, creator, token }: Access,
  init: AcceptedInit,
): Post {
  const { emulator } = posting;
  posting.lastPostId += 1;
  const post: Post = {
    id: posting.lastPostId,
    publish_id: `${prefixOf(init)}${emulator.ids.int64()}`,
    client_key: app.client_key,
    username: creator.username,
    open_id: token.open_id,
    ...init,
    created_at: emulator.clock.now(),
    finished_at: null,
    status: init.source === 'FILE_UPLOAD' ? 'PROCESSING_UPLOAD' : 'PROCESSING_DOWNLOAD',
    fail_reason: null,
    post_ids: [],
    video_ids: [],
    media: null,
    bytes: 0,
    sha256: null,
    forced_fail_reason: request.call.fault?.fail_reason ?? null,
  };
  emulator.store.posts.set(post.publish_id, post);
  posting.caps.add(post);
  trimPosts(posting);
  return post;
}

/** The shapes that implementers see (reference 4.2). */
function prefixOf({ source, media_type, post_mode }: AcceptedInit): string {
  if (media_type === 'PHOTO') return 'p_pub_url~v2.';
  const isFile = source === 'FILE_UPLOAD';
  if (post_mode === 'DIRECT_POST') return isFile ? 'v_pub_file~v2-1.' : 'v_pub_url~v2-1.';
  return isFile ? 'v_inbox_file~v2.' : 'v_inbox_url~v2.';
}
