import type { Cap, CreatorCap } from './tables.ts';

/** What TikTok documents, where nothing else is known of a creator or an app (reference 8.4). */
export const DOCUMENTED_CAPS = { posts: 15, pending_shares: 5, users: 5 } as const;

/**
 * How long a place is taken: a day, and a minute for the way there. TikTok counts from when it accepted the init, which
 * may be as much later than our intent to send it, from which a place counts, as an init may take.
 */
export const CAP_WINDOW_MS = (24 * 60 + 1) * 60_000;

/**
 * How long TikTok may count something that comes to nothing: it gives up an upload or a pull after an hour, and a minute
 * is for the way there.
 */
export const GIVEN_UP_AFTER_MS = 61 * 60_000;

/** What a refusal of TikTok's taught about a cap. */
export interface LearnedCap {
  /** Places that there were; `null`: not known. */
  readonly most: number | null;
  /** No place before this, in milliseconds since 1970. */
  readonly notBefore: number;
  /** Until when it holds. */
  readonly holdsUntil: number;
}

/** What one cap is judged by. */
export interface CapFacts {
  readonly cap: Cap;
  /** Places there are by TikTok's documents, or as it was granted; `undefined`: no such cap is known. */
  readonly most: number | undefined;
  /** When places were taken, oldest first, in milliseconds since 1970; what is over does no harm. */
  readonly uses: readonly number[];
  readonly learned: LearnedCap | undefined;
}

/** When a cap has a place, and whether a refusal taught us that. */
export interface CapRoom {
  readonly freeAt: number;
  readonly isLearned: boolean;
}

/** When a cap has room for one more, from `present` on: `freeAt` is `present` if it has now. */
export function roomOf(facts: CapFacts, present: number): CapRoom {
  const documented = whenFree(facts.uses, facts.most, present);
  const { learned } = facts;
  if (learned === undefined || learned.holdsUntil <= present) {
    return { freeAt: documented, isLearned: false };
  }
  const counted = whenFree(facts.uses, learned.most ?? undefined, present);
  const taught = Math.min(Math.max(counted, learned.notBefore), learned.holdsUntil);
  return { freeAt: Math.max(documented, taught), isLearned: taught > documented };
}

function whenFree(uses: readonly number[], most: number | undefined, present: number): number {
  const blocker = most === undefined ? undefined : uses[uses.length - most];
  return blocker === undefined ? present : Math.max(present, blocker + CAP_WINDOW_MS);
}

/** Which cap of a creator's a post counts toward. */
export function creatorCap(postMode: 'DIRECT_POST' | 'MEDIA_UPLOAD'): CreatorCap {
  return postMode === 'DIRECT_POST' ? 'posts' : 'pending_shares';
}

/**
 * Users that may post through an app in a day; `undefined`: not known. Nobody but TikTok knows whether an app is audited:
 * where nobody has said so, its refusal teaches us.
 */
export function mostUsers(app: {
  readonly isAudited: boolean | null;
  readonly dailyUsers: number | null;
}): number | undefined {
  return app.dailyUsers ?? (app.isAudited === false ? DOCUMENTED_CAPS.users : undefined);
}

const REFUSALS: ReadonlyMap<string, Cap> = new Map([
  ['spam_risk_too_many_posts', 'posts'],
  ['spam_risk_too_many_pending_share', 'pending_shares'],
  ['reached_active_user_cap', 'users'],
]);

/** The cap of a refusal; `undefined` if it is none. */
export function capOfRefusal(code: string): Cap | undefined {
  return REFUSALS.get(code);
}

const DAY_MS = 24 * 3_600_000;

/**
 * What a refusal teaches: as many places as were taken, until the oldest of them is free. Where we know of none, others
 * took them: a day has to pass.
 *
 * It holds for a day, since other apps may have taken places; when TikTok refuses again within a week, for a week.
 */
export function learnFrom(
  uses: readonly number[],
  refusals: number,
  present: number,
): LearnedCap & { readonly refusals: number } {
  const [oldest] = uses;
  const notBefore = oldest === undefined ? present + DAY_MS : oldest + CAP_WINDOW_MS;
  const holdsMs = refusals === 0 ? CAP_WINDOW_MS : 7 * DAY_MS;
  return {
    most: uses.length === 0 ? null : uses.length,
    notBefore,
    holdsUntil: Math.max(notBefore, present + holdsMs),
    refusals: refusals + 1,
  };
}
