import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { type Access, requireRate, requireToken } from '../gateway/access.ts';
import { noteUnknownFields, readJsonObject } from '../gateway/body.ts';
import type { Post } from '../state/post.ts';
import type { Settings } from '../state/settings.ts';
import { sendOkText } from '../wire/envelope.ts';
import { WireError } from '../wire/wire-error.ts';
import type { Posting } from './posting.ts';

/** Answers where a post is. */
export function registerStatus(app: FastifyInstance, { emulator }: Posting): void {
  app.post('/v2/post/publish/status/fetch/', (request, reply) =>
    answerStatus(emulator, request, reply),
  );
}

/**
 * Finds the post that a request's `publish_id` names.
 *
 * @throws {WireError} 400 `invalid_publish_id`, or `token_not_authorized_for_specified_publish_id`
 * when it is another app's or another creator's.
 */
export function requirePost(emulator: Emulator, request: FastifyRequest, access: Access): Post {
  const body = readJsonObject(emulator, request);
  noteUnknownFields(emulator, request, body, ['publish_id']);
  const publishId = body['publish_id'];
  const post = typeof publishId === 'string' ? emulator.store.posts.get(publishId) : undefined;
  if (post === undefined) {
    const detail = 'publish_id is missing or names no post';
    throw new WireError('invalid_publish_id', { rule: 'post.publish_id', detail });
  }
  const { app, creator } = access;
  if (post.client_key === app.client_key && post.username === creator.username) return post;
  throw new WireError('token_not_authorized_for_specified_publish_id', {
    rule: 'post.publish_id',
    detail: `the post is of ${post.username} through ${post.client_key}, the token is not`,
  });
}

function answerStatus(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const access = requireToken(emulator, request, ['video.upload', 'video.publish']);
  requireRate(emulator, access, 'status/fetch');
  return sendOkText(reply, toStatusText(emulator, requirePost(emulator, request, access)));
}

/** `data` as JSON text. The public ids are bare int64 numbers, which `JSON.stringify` can not write. */
function toStatusText({ settings }: Emulator, post: Post): string {
  const fields = [
    `"status":${JSON.stringify(post.status)}`,
    ...(post.fail_reason === null ? [] : [`"fail_reason":${JSON.stringify(post.fail_reason)}`]),
    `"publicaly_available_post_id":${toIdsText(post.post_ids, settings.post_id_form)}`,
    `"${post.source === 'FILE_UPLOAD' ? 'uploaded_bytes' : 'downloaded_bytes'}":${post.bytes}`,
  ];
  return `{${fields.join(',')}}`;
}

function toIdsText(ids: readonly string[], form: Settings['post_id_form']): string {
  if (form === 'string') return JSON.stringify(ids);
  // "Sometimes an array, sometimes not" (andreaolivato/TikTok-LoginKit-PHP, release v0.6.2).
  if (form === 'single_number' && ids.length === 1) return ids.join('');
  return `[${ids.join(',')}]`;
}
