import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { type Access, requireRate, requireToken } from '../gateway/access.ts';
import { noteUnknownFields, readJsonObject } from '../gateway/body.ts';
import { startPull } from '../pull/start-pull.ts';
import type { Post } from '../state/post.ts';
import { sendOk } from '../wire/envelope.ts';
import { WireError } from '../wire/wire-error.ts';
import { acceptPost } from './accept-post.ts';
import { invalidParam, readText, requireBooleans, requireLength, requireObject } from './fields.ts';
import { requireInboxRoom, requirePostingAllowed } from './permission.ts';
import type { Posting } from './posting.ts';
import { requirePrivacyLevel } from './privacy.ts';
import { requireOwnership } from './video-source.ts';

/** Longest title and description of a photo post, in UTF-16 code units. */
const TITLE_LIMIT = 90;
const DESCRIPTION_LIMIT = 4000;
const PHOTO_LIMIT = 35;

/** Oldest TikTok app that opens a photo draft. */
const OLDEST_APP = '31.8';

const switches = [
  'disable_comment',
  'auto_add_music',
  'brand_content_toggle',
  'brand_organic_toggle',
];
const postInfoFields = ['title', 'description', 'privacy_level', ...switches];

type Body = Readonly<Record<string, unknown>>;
type PostMode = Post['post_mode'];

/** Takes photos, to be posted directly or sent to the creator's inbox. */
export function registerPhotoInit(app: FastifyInstance, posting: Posting): void {
  app.post('/v2/post/publish/content/init/', (request, reply) =>
    initPhotos(posting, request, reply),
  );
}

function initPhotos(posting: Posting, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { emulator } = posting;
  const access = requireToken(emulator, request, ['video.publish', 'video.upload']);
  requireRate(emulator, access, 'content/init');
  const body = readJsonObject(emulator, request);
  noteUnknownFields(emulator, request, body, [
    'media_type',
    'post_mode',
    'post_info',
    'source_info',
  ]);
  const mode = readMode(emulator, request, body);
  requireScopeOf(mode, access);
  const postInfo = readPostInfo(emulator, request, body, mode);
  const urls = readPhotos(emulator, request, body);
  const privacy =
    mode === 'DIRECT_POST'
      ? judgeDirect(posting, request, access, postInfo)
      : judgeDraft(posting, access);
  requireOwnership(access, urls);
  const post = acceptPost(posting, request, access, {
    source: 'PULL_FROM_URL',
    media_type: 'PHOTO',
    post_mode: mode,
    post_info: { ...postInfo, ...privacy },
    source_info: requireObject(body, 'source_info'),
  });
  startPull(posting, post);
  return sendOk(reply, { publish_id: post.publish_id });
}

function judgeDirect(
  posting: Posting,
  request: FastifyRequest,
  access: Access,
  postInfo: Body,
): { privacy_level: string } {
  requirePostingAllowed(posting, access);
  return { privacy_level: requirePrivacyLevel(posting.emulator, request, access, postInfo) };
}

function judgeDraft(posting: Posting, access: Access): object {
  requireInboxRoom(posting, access);
  const { app_version: version, username } = access.creator;
  if (isOlder(version, OLDEST_APP)) {
    throw new WireError('app_version_check_failed', {
      rule: 'post.app_version',
      detail: `the TikTok app of ${username} is ${version}; a photo draft needs ${OLDEST_APP}`,
    });
  }
  return {};
}

function readMode(emulator: Emulator, request: FastifyRequest, body: Body): PostMode {
  if (body['media_type'] !== 'PHOTO') {
    throw invalidParam('post.media_type', 'media_type must be PHOTO');
  }
  const given = body['post_mode'];
  if (given === 'DIRECT_POST' || given === 'MEDIA_UPLOAD') return given;
  const detail = 'post_mode must be DIRECT_POST or MEDIA_UPLOAD';
  const alias = toModeAlias(given);
  if (alias === undefined || emulator.settings.dialect !== 'lenient') {
    throw invalidParam('post.post_mode', detail);
  }
  emulator.violations.record('post.post_mode', detail, request);
  return alias;
}

/** Seed-style names, and the one that TikTok's field table prints (reference 7.2 and 13.2, row 23). */
function toModeAlias(given: unknown): PostMode | undefined {
  if (given === 'UPLOAD') return 'MEDIA_UPLOAD';
  return given === 'DIRECT POST' ? 'DIRECT_POST' : undefined;
}

function requireScopeOf(mode: PostMode, { token }: Access): void {
  const scope = mode === 'DIRECT_POST' ? 'video.publish' : 'video.upload';
  if (token.scopes.includes(scope)) return;
  const detail = `post_mode ${mode} needs ${scope}, the token has ${token.scopes.join(', ')}`;
  throw new WireError('scope_not_authorized', { rule: 'access.scope', detail });
}

function readPostInfo(
  emulator: Emulator,
  request: FastifyRequest,
  body: Body,
  mode: PostMode,
): Body {
  // The draft's fields are all optional; the direct post needs a privacy level.
  const isMissing = mode === 'MEDIA_UPLOAD' && body['post_info'] === undefined;
  const postInfo = isMissing ? {} : requireObject(body, 'post_info');
  noteUnknownFields(emulator, request, postInfo, postInfoFields, 'post_info');
  const rule = 'post.photo_caption_length';
  requireLength(readText(postInfo, 'title'), TITLE_LIMIT, 'title', rule);
  requireLength(readText(postInfo, 'description'), DESCRIPTION_LIMIT, 'description', rule);
  requireBooleans(postInfo, switches);
  return postInfo;
}

function readPhotos(emulator: Emulator, request: FastifyRequest, body: Body): readonly string[] {
  const sourceInfo = requireObject(body, 'source_info');
  const known = ['source', 'photo_images', 'photo_cover_index'];
  noteUnknownFields(emulator, request, sourceInfo, known, 'source_info');
  if (sourceInfo['source'] !== 'PULL_FROM_URL') {
    throw invalidParam('post.source', 'the source of photos must be PULL_FROM_URL');
  }
  const urls = toPhotoUrls(sourceInfo);
  const cover = sourceInfo['photo_cover_index'];
  if (!Number.isInteger(cover) || typeof cover !== 'number' || cover < 0 || cover >= urls.length) {
    const detail = `photo_cover_index must be a whole number from 0 to ${urls.length - 1}`;
    throw invalidParam('post.photo_cover_index', detail);
  }
  return urls;
}

/** The URLs of the photos of a post. */
function toPhotoUrls(sourceInfo: Body): readonly string[] {
  const images = sourceInfo['photo_images'];
  const isList = Array.isArray(images) && images.every((url) => typeof url === 'string');
  if (isList && images.length >= 1 && images.length <= PHOTO_LIMIT) return images;
  const detail = `photo_images must be a list of 1 to ${PHOTO_LIMIT} URLs`;
  throw invalidParam('post.photo_count', detail);
}

function isOlder(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
