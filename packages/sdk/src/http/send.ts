import { orAborted } from '../abort.ts';
import { TikTokNetworkError, TikTokTimeoutError } from '../errors.ts';
import { readText } from './body.ts';
import { type ApiRequest, factsOf } from './request.ts';
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
  const exchange = async () => {
    const { url, method, headers, body = null } = request;
    response = await fetch(url, { method, headers, body, redirect: 'manual', signal });
    await refuseRedirect(response, request);
    const text = await readText(response, request);
    const retryAfterMs = readRetryAfterMs(response.headers.get('retry-after'), now());
    return { status: response.status, text, retryAfterMs };
  };
  try {
    // A fetch of the caller's may not listen to the signal.
    return await orAborted(exchange(), signal);
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
  throw new TikTokNetworkError(factsOf(request, 'redirect_refused', 'a redirect', status));
}

function timedOut(request: ApiRequest): TikTokTimeoutError {
  const outcome = `no whole answer within ${request.timeoutMs} ms`;
  return new TikTokTimeoutError(factsOf(request, 'timeout', outcome));
}

// The connection was never made, so that TikTok cannot have acted.
const NEVER_REACHED = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ConnectionRefused)\b/;

function broken(
  cause: unknown,
  status: number | undefined,
  request: ApiRequest,
): TikTokNetworkError {
  const code = status === undefined ? 'network_error' : 'answer_truncated';
  const facts = factsOf(request, code, 'the connection failed or was cut', status);
  // Runtimes do not agree whether it is the error that has the code, or its cause.
  const names = `${codeOf(cause)} ${codeOf(Object(cause).cause)}`;
  const isRepeatSafe = facts.isRepeatSafe || NEVER_REACHED.test(names);
  return new TikTokNetworkError({ ...facts, isRepeatSafe, cause });
}

function codeOf(error: unknown): unknown {
  return Object(error).code;
}
