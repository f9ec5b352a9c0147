import { TikTokApiError } from '../errors.ts';
import { isObject, type JsonObject, readObject, unexpected } from './answer.ts';
import { findRefusal } from './refusal.ts';
import type { ApiRequest } from './request.ts';
import type { RawAnswer } from './send.ts';

/**
 * Opens the `{data, error}` envelope. Success is what the body says, not the status: `error.code`
 * is `ok`. Missing `data`, as in the answer to a cancel, and `null` are read as an empty object.
 *
 * @throws {TikTokApiError} If the body holds an error, in either of TikTok's shapes.
 * @see {@link https://developers.tiktok.com/doc/tiktok-api-v2-error-handling}
 */
export function openEnvelope(answer: RawAnswer, request: ApiRequest): JsonObject {
  const body = readObject(answer, request);
  const refusal = findRefusal(body, answer, request);
  if (refusal !== undefined) {
    throw new TikTokApiError({ ...refusal, retryAfterMs: answer.retryAfterMs });
  }
  const { error, data } = body;
  if (!isObject(error) || error['code'] !== 'ok' || answer.status >= 400) {
    throw unexpected(answer, 'neither an error nor ok', request);
  }
  if (data === undefined || data === null) return {};
  if (isObject(data)) return data;
  throw unexpected(answer, 'data that is no object', request);
}
