import type { ProblemCode } from '@greenroom/contract';
import {
  explain,
  TikTokApiError,
  TikTokError,
  TikTokNetworkError,
  TikTokOAuthError,
  TikTokTimeoutError,
} from '@greenroom/sdk';
import { ProblemError, type ProblemOptions } from '../http/problem-error.ts';
import { NotNow } from '../publishing/limits/not-now.ts';
import { AccountUnavailableError } from './broker/account-unavailable.ts';

/** What TikTok refuses because of the account or its app, however often it is asked. */
const ACCOUNT_REFUSALS: ReadonlySet<string> = new Set([
  'reached_active_user_cap',
  'spam_risk_too_many_pending_share',
  'spam_risk_too_many_posts',
  'spam_risk_user_banned_from_posting',
  'unaudited_client_can_only_post_to_private_accounts',
]);

const SCOPE_CODES: ReadonlySet<string> = new Set([
  'scope_not_authorized',
  'scope_permission_missed',
]);

/** TikTok's own words for "not now" in OAuth's flat errors, which may come with HTTP 200. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  'internal_error',
  'server_error',
  'temporarily_unavailable',
]);

// TikTok counts over a sliding minute and names no time to wait (reference 8.3).
const RATE_WINDOW_SECONDS = 60;

/**
 * Says what went wrong with a call to TikTok as a problem for whoever asked: which kind, TikTok's own
 * code, its `log_id`, and what to do. What is no failure of TikTok's comes back as it is.
 */
export function toTikTokProblem(error: unknown): unknown {
  if (isDeadline(error)) {
    return new ProblemError('tiktok-timeout', 'TikTok did not answer in time.', { cause: error });
  }
  if (error instanceof NotNow) return toNotNowProblem(error);
  if (error instanceof AccountUnavailableError) return toUnavailableProblem(error);
  if (!(error instanceof TikTokError)) return error;
  const options: ProblemOptions = {
    cause: error,
    tiktok: { code: error.code, log_id: error.logId ?? null },
  };
  const code = codeOf(error);
  if (code !== 'tiktok-rate-limited') return new ProblemError(code, error.explanation, options);
  const retryAfterSeconds = waitOf(error);
  return new ProblemError(code, error.explanation, { ...options, retryAfterSeconds });
}

/** Nothing was sent: there is no slot, or TikTok is left alone while it does not answer. */
function toNotNowProblem({ code, inMs }: NotNow): ProblemError {
  const seconds = Math.max(1, Math.ceil(inMs / 1000));
  if (code === 'rate_limit') return rateLimited(seconds);
  const words = 'TikTok does not answer at the moment. Greenroom tries again by itself.';
  return new ProblemError('tiktok-unavailable', words, { retryAfterSeconds: seconds });
}

/** The broker has no token: the account is not connected, or it cannot be renewed at the moment. */
function toUnavailableProblem(error: AccountUnavailableError): ProblemError {
  const { code, cause, message } = error;
  if (code === 'account_unknown') return new ProblemError('not-found', message, { cause: error });
  if (code !== 'refresh_delayed') {
    return new ProblemError('account-not-connected', message, { cause: error });
  }
  const problem = cause instanceof TikTokError ? codeOf(cause) : 'tiktok-unavailable';
  return new ProblemError(problem, message, {
    cause: error,
    retryAfterSeconds: RATE_WINDOW_SECONDS,
    tiktok: { code: error.reason, log_id: null },
  });
}

/** TikTok takes no more calls for now, and nobody should wait that long for an answer. */
export function rateLimited(retryAfterSeconds = RATE_WINDOW_SECONDS): ProblemError {
  const code = 'rate_limit_exceeded';
  return new ProblemError('tiktok-rate-limited', explain(code).sentence, {
    tiktok: { code, log_id: null },
    retryAfterSeconds,
  });
}

function codeOf(error: TikTokError): ProblemCode {
  const { code, status } = error;
  if (error instanceof TikTokTimeoutError) return 'tiktok-timeout';
  if (error instanceof TikTokNetworkError) {
    const isAway = code === 'network_error' || (status !== undefined && status >= 500);
    return isAway ? 'tiktok-unavailable' : 'tiktok-answer-malformed';
  }
  if (code === 'rate_limit_exceeded' || status === 429) return 'tiktok-rate-limited';
  if (SCOPE_CODES.has(code)) return 'scope-not-granted';
  if (ACCOUNT_REFUSALS.has(code)) return 'account-refused';
  if (PASSING_CODES.has(code) || (status !== undefined && status >= 500)) {
    return 'tiktok-unavailable';
  }
  if (code === 'access_token_invalid') return 'account-not-connected';
  const isAnswer = error instanceof TikTokApiError || error instanceof TikTokOAuthError;
  return isAnswer ? 'tiktok-refused' : 'tiktok-answer-malformed';
}

function waitOf(error: TikTokError): number {
  const askedMs = error instanceof TikTokApiError ? error.retryAfterMs : undefined;
  return askedMs === undefined ? RATE_WINDOW_SECONDS : Math.max(1, Math.ceil(askedMs / 1000));
}

/** What an aborted deadline rejects with. */
function isDeadline(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}
