import { TikTokApiError, TikTokError, TikTokOAuthError } from '@greenroom/sdk';
import { toStorableCode } from './storable.ts';

/** What a failed request for new tokens means for the account. */
export interface RefreshVerdict {
  /**
   * - `refused`: TikTok takes the refresh token no more. Only the creator's consent helps.
   * - `unclear`: TikTok may have made a new pair, and its answer did not come. The old refresh token
   *   is tried once more.
   * - `delayed`: nothing was done. It is tried again later; the account is not to blame.
   */
  readonly kind: 'refused' | 'unclear' | 'delayed';
  /** TikTok's code, or one of the SDK's. */
  readonly code: string;
  /** How long TikTok asked to wait, in milliseconds. */
  readonly retryAfterMs: number;
}

/**
 * Judges what a request for new tokens threw.
 *
 * Only TikTok's own word about this very token ends a connection: `invalid_grant`, or that access was
 * denied. Wrong credentials of the app, malformed requests and codes that nobody knows are not the
 * account's fault, and a network that fails is nobody's.
 *
 * @see {@link https://developers.tiktok.com/doc/oauth-error-handling}
 */
export function judgeRefreshFailure(error: unknown): RefreshVerdict {
  if (!(error instanceof TikTokError)) return delayed('internal_error');
  if (error instanceof TikTokOAuthError && REFUSALS.has(error.code)) {
    return { kind: 'refused', code: error.code, retryAfterMs: 0 };
  }
  const code = toStorableCode(error.code);
  if (!error.isRepeatSafe) return { kind: 'unclear', code, retryAfterMs: 0 };
  const retryAfterMs = error instanceof TikTokApiError ? (error.retryAfterMs ?? 0) : 0;
  return delayed(code, retryAfterMs);
}

const REFUSALS: ReadonlySet<string> = new Set(['invalid_grant', 'access_denied']);

function delayed(code: string, retryAfterMs = 0): RefreshVerdict {
  return { kind: 'delayed', code, retryAfterMs };
}

/** Why an account must be connected again after its refresh token was refused. */
export type RefusalReason = 'refresh_refused' | 'refresh_lost' | 'refresh_expired';

/** What is known of a refresh token that TikTok refused. */
export interface RefusedToken {
  /** An earlier request with it may have had its effect. */
  readonly isUnclear: boolean;
  /** Its own lifetime is over, by our clock. */
  readonly isExpired: boolean;
}

/**
 * Names the reason of a refusal. The clock alone never ends a connection, for it may be wrong: TikTok
 * was asked, and the clock only explains why it refused.
 */
export function nameRefusal({ isUnclear, isExpired }: RefusedToken): RefusalReason {
  if (isUnclear) return 'refresh_lost';
  return isExpired ? 'refresh_expired' : 'refresh_refused';
}
