import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requireToken } from '../gateway/access.ts';
import { toPullUrls } from '../pull/start-pull.ts';
import type { Post } from '../state/post.ts';
import { sendOk } from '../wire/envelope.ts';
import { WireError } from '../wire/wire-error.ts';
import { failPost, isFinal } from './lifecycle.ts';
import type { Posting } from './posting.ts';
import { requirePost } from './status.ts';
import { requireOwnership } from './video-source.ts';

/** Cancels a pull that is still under way. */
export function registerCancel(app: FastifyInstance, posting: Posting): void {
  app.post('/v2/post/publish/cancel/', (request, reply) => cancel(posting, request, reply));
}

function cancel(posting: Posting, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { emulator } = posting;
  const access = requireToken(emulator, request, ['video.upload', 'video.publish']);
  const post = requirePost(emulator, request, access);
  requireCancellable(posting, post);
  requireOwnership(access, toPullUrls(post));
  failPost(posting, post, 'publish_cancelled');
  return sendOk(reply);
}

function requireCancellable({ pulls }: Posting, post: Post): void {
  if (pulls.has(post.publish_id) && !isFinal(post)) return;
  const detail =
    post.source === 'FILE_UPLOAD'
      ? 'only a pull can be cancelled; this post is an upload'
      : `the download is over: the post is ${post.status}`;
  throw new WireError('publish_not_cancellable', { rule: 'post.cancel', detail });
}
