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

/**
 * Makes the error for an answer that is not what TikTok documents for the call.
 *
 * @param code - What is wrong with it, for all but two statuses, which say enough by themselves.
 */
export function unexpected(
  answer: RawAnswer,
  outcome: string,
  request: ApiRequest,
  code = 'answer_unexpected',
): TikTokApiError | TikTokNetworkError {
  const { status, retryAfterMs } = answer;
  if (status !== 429 && status < 500) {
    return new TikTokNetworkError(factsOf(request, code, outcome, status));
  }
  const known = status === 429 ? 'rate_limit_exceeded' : 'internal_error';
  return new TikTokApiError({ ...factsOf(request, known, 'no error code', status), retryAfterMs });
}

function unreadable(
  answer: RawAnswer,
  text: string,
  request: ApiRequest,
): TikTokApiError | TikTokNetworkError {
  if (text.startsWith('Unsupported path')) {
    return new TikTokApiError(factsOf(request, 'unsupported_path', 'no such path', answer.status));
  }
  const code = /^[[{]/.test(text) ? 'truncated' : text === '' ? 'empty' : 'not_json';
  return unexpected(answer, 'no JSON', request, `answer_${code}`);
}
