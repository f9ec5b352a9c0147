import { TikTokWebhookSignatureError } from '../errors.ts';
import { isObject, type JsonObject } from '../http/answer.ts';
import { parseJson } from '../json.ts';
import type { WebhookEvent } from './events.ts';

/**
 * Reads the body of a webhook whose signature was checked: {@link verifyWebhook} does both.
 *
 * `content` is JSON within JSON and is parsed too. Ids keep their digits, as strings; unknown
 * events and fields are kept.
 *
 * @throws {TikTokWebhookSignatureError} `webhook_body_malformed` if it is not TikTok's.
 * @see {@link https://developers.tiktok.com/doc/webhooks-overview}
 */
export function parseWebhook(rawBody: Uint8Array | string): WebhookEvent {
  const body = parseObject(toText(rawBody), 'body');
  const { client_key, event, create_time, user_openid, content } = body;
  const createTime = Number(create_time ?? Number.NaN);
  if (typeof event !== 'string' || event === '') throw malformed('event');
  if (typeof client_key !== 'string') throw malformed('client_key');
  if (!Number.isFinite(createTime)) throw malformed('create_time');
  if (!['string', 'undefined'].includes(typeof user_openid)) throw malformed('user_openid');
  const name = event === COMPLETE_ALIAS ? 'post.publish.complete' : event;
  const isKnown = KNOWN_EVENTS.includes(name);
  const read = readContent(content);
  // Each branch of the union is what toContent makes for its event.
  return {
    client_key,
    event: isKnown ? name : 'unknown',
    event_name: event,
    create_time: createTime,
    user_openid,
    content: isKnown ? toContent(name, read) : read,
    raw: body,
  } as unknown as WebhookEvent;
}

/**
 * Names an event so that the same one, delivered twice, can be told: event, user, post and time.
 * A draft can be posted several times, so that the `publish_id` alone would not do.
 */
export function webhookIdempotencyKey(event: WebhookEvent): string {
  const { event: kind, event_name, user_openid, create_time } = event;
  const ids: JsonObject = { ...event.content };
  const name = kind === 'unknown' ? event_name : kind;
  // As JSON, because a separator could stand inside a part.
  return JSON.stringify([
    name,
    user_openid ?? null,
    ids['publish_id'] ?? null,
    ids['post_id'] ?? null,
    create_time,
  ]);
}

// A spelling of secondary sources; TikTok's own Video Kit event has this ending too.
const COMPLETE_ALIAS = 'post.publish.completed';

const KNOWN_EVENTS: readonly string[] = [
  'authorization.removed',
  'portability.download.ready',
  'post.publish.complete',
  'post.publish.failed',
  'post.publish.inbox_delivered',
  'post.publish.no_longer_publicaly_available',
  'post.publish.publicly_available',
  'video.publish.completed',
  'video.upload.failed',
];

function readContent(content: unknown): JsonObject {
  const parsed = typeof content === 'string' ? parseObject(content, 'content') : (content ?? {});
  if (isObject(parsed)) return parsed;
  throw malformed('content');
}

/** Gives the content of a known event its types; other fields stay as they came. */
function toContent(event: string, content: JsonObject): JsonObject {
  const read: Record<string, unknown> = { ...content };
  if (event === 'authorization.removed') read['reason'] = Number(content['reason'] ?? 0);
  if (event === 'post.publish.failed') read['reason'] = String(content['reason'] ?? 'unknown');
  for (const field of requiredIds(event)) {
    const id = content[field];
    // Also an id that is small enough for a number is text: else only some would be.
    if (typeof id !== 'string' && typeof id !== 'number') {
      throw malformed(field);
    }
    read[field] = String(id);
  }
  return read;
}

function requiredIds(event: string): readonly string[] {
  if (event.endsWith('_available')) return ['publish_id', 'post_id'];
  if (event.startsWith('post.')) return ['publish_id'];
  if (event.startsWith('video.')) return ['share_id'];
  return event.startsWith('portability.') ? ['request_id'] : [];
}

function parseObject(text: string, field: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    // The parser's own message is left out: it quotes the text.
  }
  if (isObject(parsed)) return parsed;
  throw malformed(field);
}

function toText(rawBody: Uint8Array | string): string {
  if (typeof rawBody === 'string') return rawBody;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(rawBody);
  } catch {
    throw malformed('body');
  }
}

function malformed(field: string): TikTokWebhookSignatureError {
  const explanation = `The ${field} of the webhook is missing or malformed. Answer with status 400.`;
  return new TikTokWebhookSignatureError({ code: 'webhook_body_malformed', explanation });
}
