import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { requireRate, requireToken } from '../gateway/access.ts';
import { noteUnknownFields, readJsonObject } from '../gateway/body.ts';
import { isObject } from '../json.ts';
import { startPull } from '../pull/start-pull.ts';
import type { Post } from '../state/post.ts';
import { sendOk } from '../wire/envelope.ts';
import { acceptPost } from './accept-post.ts';
import { readText, requireBooleans, requireLength, requireObject } from './fields.ts';
import { requireInboxRoom, requirePostingAllowed } from './permission.ts';
import type { Posting } from './posting.ts';
import { requirePrivacyLevel } from './privacy.ts';
import { readVideoSource, requireOwnership, type VideoSource } from './video-source.ts';

/** Longest caption of a video, in UTF-16 code units. */
const CAPTION_LIMIT = 2200;

const switches = [
  'disable_comment',
  'disable_duet',
  'disable_stitch',
  'brand_content_toggle',
  'brand_organic_toggle',
  'is_aigc',
];
const postInfoFields = ['privacy_level', 'title', 'video_cover_timestamp_ms', ...switches];

/** Takes a video that is posted directly, and one that is sent to the creator's inbox. */
export function registerVideoInits(app: FastifyInstance, posting: Posting): void {
  app.post('/v2/post/publish/video/init/', (request, reply) =>
    initDirectPost(posting, request, reply),
  );
  app.post('/v2/post/publish/inbox/video/init/', (request, reply) =>
    initInboxVideo(posting, request, reply),
  );
}

function initDirectPost(
  posting: Posting,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { emulator } = posting;
  const access = requireToken(emulator, request, ['video.publish']);
  requireRate(emulator, access, 'video/init');
  const body = readJsonObject(emulator, request);
  noteUnknownFields(emulator, request, body, ['post_info', 'source_info']);
  const postInfo = readPostInfo(emulator, request, body);
  const source = readVideoSource(emulator, request, body);
  requirePostingAllowed(posting, access);
  const privacyLevel = requirePrivacyLevel(emulator, request, access, postInfo);
  if (source.source === 'PULL_FROM_URL') requireOwnership(access, [source.url]);
  const post = acceptPost(posting, request, access, {
    source: source.source,
    media_type: 'VIDEO',
    post_mode: 'DIRECT_POST',
    post_info: { ...postInfo, privacy_level: privacyLevel },
    source_info: requireObject(body, 'source_info'),
  });
  return startTransfer(posting, reply, post, source);
}

function initInboxVideo(
  posting: Posting,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { emulator } = posting;
  const access = requireToken(emulator, request, ['video.upload']);
  requireRate(emulator, access, 'inbox/video/init');
  const body = readJsonObject(emulator, request);
  // A draft takes no post_info; what is sent anyway has no effect (reference 7.1 and 13.2, row 21).
  noteUnknownFields(emulator, request, body, ['source_info']);
  const source = readVideoSource(emulator, request, body);
  requireInboxRoom(posting, access);
  if (source.source === 'PULL_FROM_URL') requireOwnership(access, [source.url]);
  const post = acceptPost(posting, request, access, {
    source: source.source,
    media_type: 'VIDEO',
    post_mode: 'MEDIA_UPLOAD',
    post_info: isObject(body['post_info']) ? body['post_info'] : {},
    source_info: requireObject(body, 'source_info'),
  });
  return startTransfer(posting, reply, post, source);
}

function readPostInfo(
  emulator: Emulator,
  request: FastifyRequest,
  body: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const postInfo = requireObject(body, 'post_info');
  noteUnknownFields(emulator, request, postInfo, postInfoFields, 'post_info');
  requireLength(readText(postInfo, 'title'), CAPTION_LIMIT, 'title', 'post.caption_length');
  requireBooleans(postInfo, switches);
  return postInfo;
}

function startTransfer(
  posting: Posting,
  reply: FastifyReply,
  post: Post,
  source: VideoSource,
): FastifyReply {
  const { publish_id } = post;
  if (source.source === 'PULL_FROM_URL') {
    startPull(posting, post);
    return sendOk(reply, { publish_id });
  }
  const upload = posting.uploads.open(publish_id, source.plan);
  return sendOk(reply, { publish_id, upload_url: posting.uploads.toUrl(upload) });
}
