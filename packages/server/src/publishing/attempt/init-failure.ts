import {
  TikTokApiError,
  TikTokError,
  TikTokNetworkError,
  TikTokTimeoutError,
} from '@greenroom/sdk';
import { AccountUnavailableError } from '../../accounts/broker/account-unavailable.ts';
import type { StateDetails } from '../../posts/tables.ts';
import { NotNow } from '../limits/not-now.ts';

/** What a failed creator info or init makes of a post. */
export type InitVerdict =
  /** It may have been made: the fences decide. */
  | { readonly kind: 'unclear' }
  /** Nothing was made, and it may work later: at the moment, or so many milliseconds from now. */
  | {
      readonly kind: 'wait';
      readonly reason: string;
      readonly until?: Date | undefined;
      readonly afterMs: number;
    }
  /** Nothing was made, and a person has to do something. */
  | { readonly kind: 'hold'; readonly reason: string; readonly details: StateDetails }
  /** Nothing was made, and the same would be refused again. */
  | { readonly kind: 'fail'; readonly reason: string };

/** Refusals of the account, of a choice or of a cap: reference sections 3 and 4.3. */
const OF_PERSONS =
  /^(spam_risk.*|reached_active_user_cap|unaudited_client_.*|privacy_level_option_mismatch|app_version_check_failed|access_token_invalid|unauthorized|scope_.*)$/;

const MINUTE_MS = 60_000;
/** TikTok, or the way there, may be back by then; while it is not, the circuit says when to look again. */
const AWAY_MS = 10_000;

/**
 * Judges why creator info or init failed. Pure.
 *
 * A 4xx made nothing. A 5xx, a timeout or a cut may have: for init that is unclear, for creator info it is not.
 *
 * @returns Nothing if the failure is none of TikTok's, nor of the account's.
 */
export function judgeInitFailure(error: unknown): InitVerdict | undefined {
  if (error instanceof NotNow) {
    return { kind: 'wait', reason: error.code, until: error.until, afterMs: 0 };
  }
  if (error instanceof AccountUnavailableError) return judgeAccount(error);
  if (!(error instanceof TikTokError) || error.request === undefined) return undefined;
  const isInit = error.request.endsWith('/init/');
  if (isInit && !error.isRepeatSafe) return { kind: 'unclear' };
  if (isAway(error)) return { kind: 'wait', reason: 'tiktok_away', afterMs: AWAY_MS };
  if (error.status === 429) {
    const { retryAfterMs = MINUTE_MS } = error instanceof TikTokApiError ? error : {};
    return { kind: 'wait', reason: 'rate_limit', afterMs: retryAfterMs };
  }
  const { code: reason, logId } = error;
  if (!isInit || OF_PERSONS.test(reason)) {
    return { kind: 'hold', reason, details: logId === undefined ? {} : { log_id: logId } };
  }
  return { kind: 'fail', reason };
}

function judgeAccount({ isRetryable, reason, retryAt }: AccountUnavailableError): InitVerdict {
  if (isRetryable) {
    return { kind: 'wait', reason: 'token_delayed', until: retryAt, afterMs: MINUTE_MS };
  }
  return { kind: 'hold', reason: 'reconnect_needed', details: { account_reason: reason } };
}

function isAway(error: TikTokError): boolean {
  return (
    error instanceof TikTokNetworkError ||
    error instanceof TikTokTimeoutError ||
    (error.status ?? 0) >= 500 ||
    error.code === 'internal_error'
  );
}
