import { TikTokNetworkError, TikTokTimeoutError } from '../errors.ts';
import { readText } from './body.ts';
import { type ApiRequest, marks, nameOf } from './request.ts';
import { readRetryAfterMs } from './retry-after.ts';
import type { Fetch } from './transport.ts';

/** An answer that came whole; what it says is not looked at yet. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

/**
 * Sends one request and reads its answer, both before the deadline. Redirects are refused: TikTok
 * sends none, and one followed would carry the token elsewhere.
 *
 * @throws {TikTokNetworkError} If no whole answer came.
 * @throws {TikTokTimeoutError} If the deadline passed.
 */
export async function send(request: ApiRequest, fetch: Fetch, now: () => Date): Promise<RawAnswer> {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
  request.signal?.throwIfAborted();
  let response: Response | undefined;
  try {
    const { method, headers = {}, body } = request;
    const init: RequestInit = { method, headers, redirect: 'manual', signal };
    response = await fetch(request.url, body === undefined ? init : { ...init, body });
    await refuseRedirect(response, request);
    const text = await readText(response, request);
    const retryAfterMs = readRetryAfterMs(response.headers.get('retry-after'), now());
    return { status: response.status, text, retryAfterMs };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (error instanceof TikTokNetworkError) throw error;
    if (deadline.aborted) throw timedOut(request);
    throw broken(error, response?.status, request);
  }
}

async function refuseRedirect(response: Response, request: ApiRequest): Promise<void> {
  const { status, type } = response;
  if (type !== 'opaqueredirect' && (status < 300 || status > 399)) return;
  await response.body?.cancel();
  throw new TikTokNetworkError({
    code: 'redirect_refused',
    message: `${nameOf(request)} was answered by a redirect (HTTP ${status}), which is not followed`,
    status,
    ...marks(request),
  });
}

function timedOut(request: ApiRequest): TikTokTimeoutError {
  const { timeoutMs } = request;
  return new TikTokTimeoutError({
    code: 'timeout',
    message: `${nameOf(request)} had no whole answer within ${timeoutMs} ms`,
    ...marks(request),
  });
}

// The connection was never made, so that TikTok cannot have acted.
const NEVER_REACHED = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ConnectionRefused)\b/;

function broken(
  error: unknown,
  status: number | undefined,
  request: ApiRequest,
): TikTokNetworkError {
  const marked = marks(request);
  return new TikTokNetworkError({
    code: status === undefined ? 'network_error' : 'answer_truncated',
    message:
      status === undefined
        ? `${nameOf(request)} failed before an answer came`
        : `${nameOf(request)} was cut within its answer (HTTP ${status})`,
    status,
    ...marked,
    isRepeatSafe: marked.isRepeatSafe ?? NEVER_REACHED.test(codesOf(error)),
    cause: error,
  });
}

function codesOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = 'code' in error ? String(error.code) : '';
  return error.cause === undefined ? code : `${code} ${codesOf(error.cause)}`;
}
