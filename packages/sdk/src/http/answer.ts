import { TikTokApiError, TikTokNetworkError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { type ApiRequest, marks, nameOf } from './request.ts';
import type { RawAnswer } from './send.ts';

/** A JSON object of TikTok's, with all its fields. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Narrows to a JSON object: no list, no null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads an answer as the JSON object that TikTok's endpoints send, whatever its status.
 *
 * @throws {TikTokApiError} For the plain-text 404 of TikTok's gateway, and for 429 and 5xx without JSON.
 * @throws {TikTokNetworkError} If it is something else than TikTok's: HTML, nothing, a half.
 */
export function readObject(answer: RawAnswer, request: ApiRequest): JsonObject {
  const text = answer.text.trim();
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    // The parser's own message is left out: it quotes the text.
    throw unreadable(answer, text, request);
  }
  if (isObject(parsed)) return parsed;
  throw unexpected(answer, 'is no JSON object', request);
}

/** Makes the error for JSON that is not what TikTok documents for the call. */
export function unexpected(
  answer: RawAnswer,
  what: string,
  request: ApiRequest,
): TikTokApiError | TikTokNetworkError {
  return byStatus(answer, request) ?? strange('answer_unexpected', answer, what, request);
}

function unreadable(
  answer: RawAnswer,
  text: string,
  request: ApiRequest,
): TikTokApiError | TikTokNetworkError {
  if (text.startsWith('Unsupported path')) return unsupportedPath(answer, request);
  const error = byStatus(answer, request);
  if (error !== undefined) return error;
  if (text === '') return strange('answer_empty', answer, 'is empty', request);
  if (/^[[{]/.test(text)) return strange('answer_truncated', answer, 'breaks off', request);
  return strange('answer_not_json', answer, 'is not JSON', request);
}

// Two statuses say enough without a body.
function byStatus(answer: RawAnswer, request: ApiRequest): TikTokApiError | undefined {
  const { status, retryAfterMs } = answer;
  if (status !== 429 && status < 500) return undefined;
  return new TikTokApiError({
    code: status === 429 ? 'rate_limit_exceeded' : 'internal_error',
    message: `${nameOf(request)} was answered by HTTP ${status} without an error code`,
    status,
    retryAfterMs,
    ...marks(request),
  });
}

function unsupportedPath(answer: RawAnswer, request: ApiRequest): TikTokApiError {
  const { status } = answer;
  const message = `TikTok's gateway has nothing at ${nameOf(request)} (HTTP ${status})`;
  return new TikTokApiError({ code: 'unsupported_path', message, status, ...marks(request) });
}

function strange(
  code: string,
  answer: RawAnswer,
  what: string,
  request: ApiRequest,
): TikTokNetworkError {
  const { status } = answer;
  const message = `The answer to ${nameOf(request)} ${what} (HTTP ${status})`;
  return new TikTokNetworkError({ code, message, status, ...marks(request) });
}
