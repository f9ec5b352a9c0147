import { TikTokApiError, TikTokNetworkError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { type ApiRequest, factsOf } from './request.ts';
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
  throw unexpected(answer, 'no JSON object', request);
}

/** Makes the error for JSON that is not what TikTok documents for the call. */
export function unexpected(
  answer: RawAnswer,
  outcome: string,
  request: ApiRequest,
): TikTokApiError | TikTokNetworkError {
  const { status } = answer;
  const facts = factsOf(request, 'answer_unexpected', outcome, status);
  return byStatus(answer, request) ?? new TikTokNetworkError(facts);
}

function unreadable(
  answer: RawAnswer,
  text: string,
  request: ApiRequest,
): TikTokApiError | TikTokNetworkError {
  const { status } = answer;
  if (text.startsWith('Unsupported path')) {
    return new TikTokApiError(factsOf(request, 'unsupported_path', 'unsupported path', status));
  }
  const code = /^[[{]/.test(text) ? 'answer_truncated' : 'answer_not_json';
  const facts = factsOf(request, text === '' ? 'answer_empty' : code, 'no JSON', status);
  return byStatus(answer, request) ?? new TikTokNetworkError(facts);
}

// Two statuses say enough without a body.
function byStatus(answer: RawAnswer, request: ApiRequest): TikTokApiError | undefined {
  const { status, retryAfterMs } = answer;
  if (status !== 429 && status < 500) return undefined;
  const code = status === 429 ? 'rate_limit_exceeded' : 'internal_error';
  return new TikTokApiError({ ...factsOf(request, code, 'no error code', status), retryAfterMs });
}
