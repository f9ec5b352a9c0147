import type { Random } from '@greenroom/sdk';

/**
 * Share of an access token's lifetime after which the sweep renews it: early enough for hours of
 * failures to matter to nobody, by TikTok's `expires_in` and never by a constant (it has changed before).
 */
const DUE_AFTER = 0.75;
// Accounts that were connected or renewed together drift apart, so that no sweep finds them all at once.
const DUE_SPREAD = 0.05;

/**
 * Share of the lifetime that must be left for a token to be handed out without asking TikTok for a
 * new one first: the sweep is behind then, or was not running.
 */
export const FRESH_SHARE = 0.05;

const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 15 * 60_000;
// Who asks for more than this is asked again all the same: an account must not sleep for a day.
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** How long after now the sweep takes a pair, in milliseconds, when its access token has this long to live. */
export function planRefreshMs(lifetimeMs: number, random: Random): number {
  return Math.round(Math.max(0, lifetimeMs) * (DUE_AFTER + DUE_SPREAD * random()));
}

/**
 * How long a failed refresh waits for its next try, in milliseconds: exponential, with jitter over the
 * upper half, and at least what TikTok asked for.
 *
 * @param failures - Failures in a row, this one included; from 1.
 * @param retryAfterMs - TikTok's `Retry-After`, if there was one.
 */
export function planRetryMs(failures: number, random: Random, retryAfterMs = 0): number {
  // Beyond 2^20 the cap decides anyway, and the power must not overflow.
  const exponential = FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 20);
  const delayMs = Math.min(LONGEST_DELAY_MS, exponential) * (1 - random() / 2);
  return Math.round(Math.max(delayMs, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS)));
}
