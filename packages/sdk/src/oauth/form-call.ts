import { TikTokOAuthError } from '../errors.ts';
import { type JsonObject, readObject, unexpected } from '../http/answer.ts';
import { findRefusal } from '../http/refusal.ts';
import type { ApiRequest } from '../http/request.ts';
import { type RawAnswer, send } from '../http/send.ts';
import type { CallOptions, Transport } from '../http/transport.ts';

/** One call of an OAuth endpoint. */
export interface FormCall extends CallOptions {
  readonly baseUrl: string;
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly transport: Transport;
  /** Whether a second call cannot do harm, whatever became of the first. */
  readonly isRepeatSafe: boolean;
}

/** An answer without an error in it. */
export interface FormAnswer {
  readonly body: JsonObject;
  /** Whether there was no body at all, as a revoke may answer. */
  readonly isEmpty: boolean;
  /** When the request was sent; lifetimes count from here, so that they end rather too early. */
  readonly sentAt: Date;
  /** Makes the error for a body that is not what the endpoint documents. */
  readonly fail: (what: string) => Error;
}

/**
 * Posts a form to an OAuth endpoint and reads its flat answer. TikTok answers errors with HTTP 200
 * too, so the body alone decides.
 *
 * @throws {TikTokOAuthError} If the body has an error, in either of TikTok's shapes.
 */
export async function postForm(call: FormCall): Promise<FormAnswer> {
  const request = toRequest(call);
  const { fetch, clock } = call.transport;
  const sentAt = clock();
  const answer = await send(request, fetch, clock);
  const fail = (what: string) => unexpected(answer, what, request);
  const isEmpty = answer.text.trim() === '' && answer.status === 200;
  const body = isEmpty ? {} : readObject(answer, request);
  refuseError(body, answer, request);
  if (answer.status >= 400) throw fail('no error, but the status of one');
  return { body, isEmpty, sentAt, fail };
}

// TikTok's word that it did nothing for now; an unclear answer is something else.
const PASSING = ['server_error', 'temporarily_unavailable'];

function refuseError(body: JsonObject, answer: RawAnswer, request: ApiRequest): void {
  const refusal = findRefusal(body, answer, request);
  if (refusal === undefined) return;
  const isPassing = PASSING.includes(refusal.code);
  throw new TikTokOAuthError(isPassing ? { ...refusal, isRepeatSafe: true } : refusal);
}

function toRequest(call: FormCall): ApiRequest {
  const { baseUrl, path, form, signal, isRepeatSafe } = call;
  const { timeoutMs = call.transport.timeoutMs } = call;
  const secrets = SECRET_FIELDS.flatMap((field) => form[field] ?? []);
  return {
    method: 'POST',
    url: `${baseUrl}${path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    // As text, because a form object would bring a content type of its own, and TikTok refuses two.
    body: new URLSearchParams(form).toString(),
    signal,
    timeoutMs,
    isRepeatSafe,
    secrets,
  };
}

const SECRET_FIELDS = ['client_secret', 'code', 'code_verifier', 'refresh_token', 'token'];
