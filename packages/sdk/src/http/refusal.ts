import type { TikTokErrorFacts } from '../errors.ts';
import { isObject, type JsonObject } from './answer.ts';
import { type ApiRequest, marks, nameOf } from './request.ts';
import type { RawAnswer } from './send.ts';

/** What an error body says, whichever of TikTok's shapes it has. */
export interface Refusal {
  /** `flat` is the OAuth object, `envelope` that of all other endpoints. */
  readonly shape: 'flat' | 'envelope';
  readonly code: string;
  readonly message: string;
  readonly logId: string | undefined;
}

/**
 * Finds the error in a body: the flat OAuth form (`error` is a string), the envelope (`error` is
 * an object whose `code` is not `ok`), at any HTTP status: TikTok answers both with 200 too.
 */
export function findRefusal(body: JsonObject): Refusal | undefined {
  const error = body['error'];
  if (typeof error === 'string' && error !== '') {
    const message = String(body['error_description'] ?? '');
    return { shape: 'flat', code: error, message, logId: readLogId(body) };
  }
  if (!isObject(error) || typeof error['code'] !== 'string' || error['code'] === 'ok') {
    return undefined;
  }
  const message = String(error['message'] ?? '');
  return { shape: 'envelope', code: error['code'], message, logId: readLogId(error, body) };
}

/** Facts of the error that a refusal becomes. */
export function refusalFacts(
  refusal: Refusal,
  answer: RawAnswer,
  request: ApiRequest,
): TikTokErrorFacts {
  const { code, logId } = refusal;
  const said = refusal.message === '' ? '' : `: ${refusal.message}`;
  const traced = logId === undefined ? '' : ` (log_id ${logId})`;
  const message = `${nameOf(request)} was answered by HTTP ${answer.status} ${code}${said}${traced}`;
  return { code, message, status: answer.status, logId, ...marks(request) };
}

// The tables of TikTok's pages say `logid`, its examples `log_id`.
function readLogId(...places: readonly JsonObject[]): string | undefined {
  for (const place of places) {
    const id = place['log_id'] ?? place['logid'];
    if (typeof id === 'string' && id !== '') return id;
  }
  return undefined;
}
