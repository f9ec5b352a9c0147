import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { type Access, requireRate, requireToken } from '../gateway/access.ts';
import { unionIdOf } from '../state/ids.ts';
import type { Scope } from '../state/scopes.ts';
import { sendOk } from '../wire/envelope.ts';
import { WireError } from '../wire/wire-error.ts';
import { pick, readFields } from './fields.ts';
import { toAvatarUrl } from './pictures.ts';

/** The scope that each field of a user needs. */
const fieldScopes: Readonly<Record<string, Scope>> = {
  open_id: 'user.info.basic',
  union_id: 'user.info.basic',
  avatar_url: 'user.info.basic',
  avatar_url_100: 'user.info.basic',
  avatar_large_url: 'user.info.basic',
  display_name: 'user.info.basic',
  bio_description: 'user.info.profile',
  profile_deep_link: 'user.info.profile',
  profile_web_link: 'user.info.profile',
  is_verified: 'user.info.profile',
  username: 'user.info.profile',
  follower_count: 'user.info.stats',
  following_count: 'user.info.stats',
  likes_count: 'user.info.stats',
  video_count: 'user.info.stats',
};

/** `GET /v2/user/info/`: the creator's profile, as far as it was granted. */
export function registerUserInfo(app: FastifyInstance, emulator: Emulator): void {
  app.get('/v2/user/info/', (request, reply) => answerUserInfo(emulator, request, reply));
}

function answerUserInfo(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const access = requireToken(emulator, request, [
    'user.info.basic',
    'user.info.profile',
    'user.info.stats',
  ]);
  requireRate(emulator, access, 'user/info');
  const fields = readFields(request, Object.keys(fieldScopes));
  requireFieldScopes(emulator, access, fields);
  return sendOk(reply, { user: pick(toUser(emulator, access), fields) });
}

/**
 * Refuses fields whose scope was not granted. The documents say 400 `scope_permission_missed`;
 * implementers also report 401 `scope_not_authorized`, which the `observed` dialect answers.
 */
function requireFieldScopes(
  { settings }: Emulator,
  { token }: Access,
  fields: readonly string[],
): void {
  const missed = fields.filter((field) => {
    const scope = fieldScopes[field];
    return scope !== undefined && !token.scopes.includes(scope);
  });
  if (missed.length === 0) return;
  const scopes = [...new Set(missed.map((field) => fieldScopes[field]))];
  const detail = `${missed.join(', ')} need ${scopes.join(', ')}`;
  const code = settings.dialect === 'observed' ? 'scope_not_authorized' : 'scope_permission_missed';
  throw new WireError(code, { rule: 'display.scope', detail });
}

function toUser({ store, baseUrl }: Emulator, { creator, token }: Access): Record<string, unknown> {
  const { username } = creator;
  const avatar = toAvatarUrl(baseUrl, username);
  const videos = [...store.videos.values()].filter(
    (video) => video.username === username && video.is_public,
  );
  return {
    open_id: token.open_id,
    union_id: unionIdOf(username),
    avatar_url: avatar,
    avatar_url_100: avatar,
    avatar_large_url: avatar,
    display_name: creator.nickname,
    bio_description: creator.bio_description,
    profile_deep_link: `https://www.tiktok.com/@${username}?deep_link=true`,
    profile_web_link: `https://www.tiktok.com/@${username}`,
    is_verified: creator.is_verified,
    username,
    follower_count: creator.follower_count,
    following_count: creator.following_count,
    likes_count: videos.reduce((likes, video) => likes + video.like_count, 0),
    video_count: videos.length,
  };
}
