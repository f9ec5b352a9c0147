const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds between one try of a delivery and the next: ten tries in about three days. */
const PAUSES_S = [
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** A receiver may ask for more patience, but not for days. */
const LONGEST_ASKED_S = HOUR;

/**
 * When a delivery is tried again.
 *
 * @param attempts - Tries so far.
 * @param retryAfter - The receiver's `Retry-After`, which can only put the next try off.
 * @param random - Draws from [0, 1): deliveries that failed together do not come back together.
 * @returns Seconds from now, or `undefined`: it has failed for good.
 */
export function planRetry(
  attempts: number,
  retryAfter: string | undefined,
  random: () => number,
): number | undefined {
  const pause = PAUSES_S[attempts - 1];
  if (pause === undefined) return undefined;
  const asked = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  return Math.max(pause * (0.9 + 0.2 * random()), Math.min(asked, LONGEST_ASKED_S));
}
