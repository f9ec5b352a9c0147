import type { TikTokErrorFacts } from '../errors.ts';
import { isObject, type JsonObject } from './answer.ts';
import { type ApiRequest, factsOf } from './request.ts';
import type { RawAnswer } from './send.ts';

/**
 * Finds the error in a body: the flat OAuth form (`error` is a string), the envelope (`error` is
 * an object whose `code` is not `ok`), at any HTTP status: TikTok answers both with 200 too.
 */
export function findRefusal(
  body: JsonObject,
  answer: RawAnswer,
  request: ApiRequest,
): TikTokErrorFacts | undefined {
  const { error } = body;
  const isFlat = typeof error === 'string';
  const place = isFlat ? body : isObject(error) ? error : {};
  const code = isFlat ? error : place['code'];
  if (typeof code !== 'string' || code === '' || (code === 'ok' && !isFlat)) return undefined;
  const said = place[isFlat ? 'error_description' : 'message'] ?? '';
  // The tables of TikTok's pages say `logid`, its examples `log_id`.
  const logId = place['log_id'] ?? place['logid'] ?? body['log_id'] ?? body['logid'];
  const facts = factsOf(request, code, `${code} ${said}, log_id ${logId}`, answer.status);
  return { ...facts, logId: typeof logId === 'string' ? logId : undefined };
}
