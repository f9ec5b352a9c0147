import { type RateLimitedEndpoint, TIKTOK_RATE_LIMITS } from '@greenroom/sdk';

/**
 * Length of our window. TikTok counts a minute from when it receives a call; we count from when the slot was taken, or
 * from when a slow call ended. The second between them is for the way there.
 */
export const WINDOW_MS = 61_000;

/**
 * How long a call may be under way before its slot moves along. Shorter than what {@link WINDOW_MS} is longer than a
 * minute, so that even a process killed in the middle of a call leaves its slot late enough.
 */
export const SLOW_CALL_MS = 700;

const COUNTED_BY_APP: readonly RateLimitedEndpoint[] = ['user/info', 'video/list', 'video/query'];

/**
 * Whether TikTok counts the calls to an endpoint by app, and not by access token. For the Display API the page does
 * not say whose 600 a minute are; by app is the stricter reading (reference 8.3).
 */
export function isCountedByApp(endpoint: RateLimitedEndpoint): boolean {
  return COUNTED_BY_APP.includes(endpoint);
}

/** Calls that a window takes. */
export function mostOf(endpoint: RateLimitedEndpoint): number {
  return TIKTOK_RATE_LIMITS[endpoint];
}

/**
 * Looks of people at what a creator may do, in a window: what is left when publishing asks once before each video and
 * photo init. So no post that is asked for once is held up by a screen that is opened again and again, and forecasts
 * leave it out. A post whose token was refused, or that was put back, asks a second time and may have to wait.
 */
export const MOST_LOOKS =
  mostOf('creator_info/query') - mostOf('video/init') - mostOf('content/init');

/** The calls that a window still holds, oldest first; the same as `calls_within` in SQL. */
export function callsWithin(
  taken: readonly number[],
  present: number,
  lengthMs: number,
): readonly number[] {
  return taken
    .filter((instant) => instant > present - lengthMs)
    .map((instant) => Math.min(instant, present))
    .sort((one, other) => one - other);
}

/** When a window that holds these calls takes another one; `present` if at once. */
export function freeAt(
  held: readonly number[],
  most: number,
  present: number,
  lengthMs: number,
): number {
  const oldest = held[held.length - most];
  return oldest === undefined ? present : oldest + lengthMs;
}
