import type { FastifyInstance } from 'fastify';
import { failPost, isFinal } from '../posting/lifecycle.ts';
import { approveVideo, rejectVideo, removeVideo } from '../posting/moderation.ts';
import type { Posting } from '../posting/posting.ts';
import type { Post, Video } from '../state/post.ts';
import { ControlError } from './control-error.ts';
import { handleOperation } from './handle-operation.ts';
import { toPostView } from './post-view.ts';

/** `GET posts` and `POST posts/{publish_id}/moderate`. */
export function registerPosts(app: FastifyInstance, posting: Posting): void {
  const { emulator } = posting;
  handleOperation(app, 'listPosts', ({ query }) => ({
    posts: [...emulator.store.posts.values()]
      .filter((post) => post.id > (query.after ?? 0))
      .map((post) => toPostView(emulator, post)),
  }));
  handleOperation(app, 'moderatePost', ({ params, body }) => {
    const post = getPost(posting, params['publish_id'] ?? '');
    moderate(posting, post, body.result);
    return toPostView(emulator, post);
  });
}

/** The post of this id. */
export function getPost({ emulator }: Posting, publishId: string): Post {
  const post = emulator.store.posts.get(publishId);
  if (post !== undefined) return post;
  throw new ControlError(404, `There is no post ${publishId}.`);
}

function moderate(posting: Posting, post: Post, result: 'approve' | 'reject' | 'remove'): void {
  if (!isFinal(post) && result === 'reject') {
    failPost(posting, post, 'spam_risk');
    return;
  }
  if (post.status !== 'PUBLISH_COMPLETE') {
    throw new ControlError(400, `The post is ${post.status}; ${result} makes no sense yet.`);
  }
  const videos = toModeratable(posting, post, result);
  if (videos.length === 0) {
    throw new ControlError(400, `Nothing is left of the post to ${result}.`);
  }
  const act = { approve: approveVideo, reject: rejectVideo, remove: removeVideo }[result];
  for (const video of videos) act(posting, video);
}

function toModeratable({ emulator }: Posting, post: Post, result: string): Video[] {
  return post.video_ids.flatMap((id) => {
    const video = emulator.store.videos.get(id);
    if (video === undefined || video.moderation === 'removed') return [];
    const isDone = result !== 'remove' && video.moderation !== 'pending';
    return isDone ? [] : [video];
  });
}
