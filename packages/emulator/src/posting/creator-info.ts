import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toAvatarUrl } from '../display/pictures.ts';
import { requireRate, requireToken } from '../gateway/access.ts';
import { readJsonObject } from '../gateway/body.ts';
import type { Creator } from '../state/creator.ts';
import { sendOk } from '../wire/envelope.ts';
import { WireError } from '../wire/wire-error.ts';
import { findPostingRefusal } from './permission.ts';
import type { Posting } from './posting.ts';
import { toPrivacyLevelOptions } from './privacy.ts';

/** Answers what a creator may do right now, before a post is composed. */
export function registerCreatorInfo(app: FastifyInstance, posting: Posting): void {
  app.post('/v2/post/publish/creator_info/query/', (request, reply) =>
    answerCreatorInfo(posting, request, reply),
  );
  // The seed form of reference 13.4, row 48: an endpoint of the lenient dialect only.
  app.get('/v2/creator_info/query/', (request, reply) => {
    if (posting.emulator.settings.dialect !== 'lenient') return reply.callNotFound();
    const detail =
      'GET /v2/creator_info/query/ stands for POST /v2/post/publish/creator_info/query/';
    posting.emulator.violations.record('gateway.unsupported_path', detail, request);
    return answerCreatorInfo(posting, request, reply);
  });
}

/** TikTok's `data` about a creator. */
function toCreatorInfo(creator: Creator, baseUrl: string): object {
  return {
    creator_avatar_url: toAvatarUrl(baseUrl, creator.username),
    creator_username: creator.username,
    creator_nickname: creator.nickname,
    privacy_level_options: toPrivacyLevelOptions(creator),
    comment_disabled: creator.comment_disabled,
    duet_disabled: creator.duet_disabled || creator.private_account,
    stitch_disabled: creator.stitch_disabled || creator.private_account,
    max_video_post_duration_sec: creator.max_video_post_duration_sec,
  };
}

function answerCreatorInfo(
  posting: Posting,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { emulator } = posting;
  const access = requireToken(emulator, request, ['video.publish']);
  requireRate(emulator, access, 'creator_info/query');
  if (request.method === 'POST') readJsonObject(emulator, request, { optional: true });
  const refusal = findPostingRefusal(posting, access);
  // Documented as intentional: these refusals come with HTTP 200 here and with 403 from the inits.
  // Asking breaks no rule, so nothing is recorded.
  if (refusal !== undefined) throw new WireError(refusal.code, { status: 200 });
  return sendOk(reply, toCreatorInfo(access.creator, emulator.baseUrl));
}
