const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Why a post is looked after. */
export type Pace =
  /** TikTok works on it. */
  | 'processing'
  /** It was made for everybody and TikTok has not told its public id yet. */
  | 'public_id'
  /** The creator has to finish it. */
  | 'creator'
  /** Nobody knows whether it exists. */
  | 'unknown'
  /** Nothing can be asked until the account is connected again; this only looks whether it is. */
  | 'reconnect';

/** How often one looks: a share of the post's age, within bounds; `untilMs`: after that only events tell. */
interface Rhythm {
  readonly leastMs: number;
  readonly mostMs: number;
  readonly untilMs: number;
}

// Processing takes half a minute, moderation a minute, either "sometimes hours" (reference 7.3.1).
const RHYTHMS: Readonly<Record<Pace, Rhythm>> = {
  processing: { leastMs: 1.5 * SECOND, mostMs: 6 * HOUR, untilMs: Number.POSITIVE_INFINITY },
  public_id: { leastMs: 2 * SECOND, mostMs: 6 * HOUR, untilMs: 7 * DAY },
  creator: { leastMs: 10 * SECOND, mostMs: HOUR, untilMs: 30 * DAY },
  unknown: { leastMs: 5 * SECOND, mostMs: 6 * HOUR, untilMs: 30 * DAY },
  reconnect: { leastMs: MINUTE, mostMs: 5 * MINUTE, untilMs: Number.POSITIVE_INFINITY },
};

/** For this long a post in processing is fresh, and is looked after at least every 5 s. */
const FRESH_FOR_MS = 2 * MINUTE;
const FRESH_MOST_MS = 4.4 * SECOND;

/**
 * When a post is looked after next; `null`: never, unless an event tells.
 *
 * The pause is a quarter of the post's age: a fresh post is asked for every few seconds, one that TikTok has had for a
 * day every six hours. Looking less often is the only thing that age does: no post fails by it.
 *
 * @param ageMs - Time since the post came into its state.
 * @param random - Draws from [0, 1): posts that began together are not asked for in step.
 */
export function planPoll(
  pace: Pace,
  ageMs: number,
  random: () => number = Math.random,
): number | null {
  const { leastMs, mostMs, untilMs } = RHYTHMS[pace];
  if (ageMs > untilMs) return null;
  const isFresh = pace === 'processing' && ageMs < FRESH_FOR_MS;
  const pauseMs = Math.max(leastMs, Math.min(ageMs / 4, isFresh ? FRESH_MOST_MS : mostMs));
  return Math.round(pauseMs * (0.9 + 0.2 * random()));
}
