import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { requireRate, requireToken } from '../gateway/access.ts';
import { noteUnknownFields, readJsonObject } from '../gateway/body.ts';
import { isObject } from '../json.ts';
import type { Video } from '../state/post.ts';
import { sendOk } from '../wire/envelope.ts';
import { invalidParams, pick, readFields } from './fields.ts';
import { toVideoObject, videoFields } from './video-object.ts';

const DEFAULT_PAGE = 10;
/** Most videos of one answer, and most ids of one query. */
const LARGEST_PAGE = 20;

/** `POST /v2/video/list/` and `POST /v2/video/query/`: a creator's public videos. */
export function registerVideos(app: FastifyInstance, emulator: Emulator): void {
  app.post('/v2/video/list/', (request, reply) => listVideos(emulator, request, reply));
  app.post('/v2/video/query/', (request, reply) => queryVideos(emulator, request, reply));
}

function listVideos(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { creator } = requireVideoAccess(emulator, request, 'video/list');
  const fields = readFields(request, videoFields);
  const body = readJsonObject(emulator, request, { optional: true });
  noteUnknownFields(emulator, request, body, ['cursor', 'max_count']);
  const cursor = readInteger(body['cursor'], 'cursor');
  const count = readInteger(body['max_count'], 'max_count') ?? DEFAULT_PAGE;
  if (count < 1 || count > LARGEST_PAGE) {
    throw invalidParams('display.page', `max_count must be from 1 to ${LARGEST_PAGE}`);
  }
  const older = publicVideosOf(emulator, creator.username)
    .filter((video) => !cursor || video.created_at < cursor)
    .sort((one, two) => two.created_at - one.created_at);
  const page = older.slice(0, count);
  return sendOk(reply, {
    videos: page.map((video) => pick(toVideoObject(emulator, video), fields)),
    cursor: page.at(-1)?.created_at ?? cursor ?? 0,
    has_more: older.length > page.length,
  });
}

function queryVideos(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { creator } = requireVideoAccess(emulator, request, 'video/query');
  const fields = readFields(request, videoFields);
  const body = readJsonObject(emulator, request);
  noteUnknownFields(emulator, request, body, ['filters']);
  const ids = readVideoIds(body);
  const videos = publicVideosOf(emulator, creator.username).filter(({ id }) => ids.includes(id));
  return sendOk(reply, {
    videos: videos.map((video) => pick(toVideoObject(emulator, video), fields)),
  });
}

function requireVideoAccess(
  emulator: Emulator,
  request: FastifyRequest,
  endpoint: 'video/list' | 'video/query',
) {
  const access = requireToken(emulator, request, ['video.list']);
  requireRate(emulator, access, endpoint);
  return access;
}

function publicVideosOf({ store }: Emulator, username: string): Video[] {
  return [...store.videos.values()].filter(
    (video) => video.username === username && video.is_public,
  );
}

function readInteger(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalidParams('display.page', `${name} must be a whole number`);
}

function readVideoIds(body: Readonly<Record<string, unknown>>): readonly string[] {
  const filters = body['filters'];
  const ids = isObject(filters) ? filters['video_ids'] : undefined;
  const isList = Array.isArray(ids) && ids.every((id) => typeof id === 'string');
  if (isList && ids.length >= 1 && ids.length <= LARGEST_PAGE) return ids;
  const detail = `filters.video_ids must be a list of 1 to ${LARGEST_PAGE} strings`;
  throw invalidParams('display.filters', detail);
}
