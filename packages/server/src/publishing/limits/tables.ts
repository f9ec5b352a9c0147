import type { Generated } from 'kysely';

/** Row of `rate_windows`: the calls to an endpoint that TikTok still counts. */
export interface RateWindowsTable {
  /** Hash of the account at TikTok, or of the app. */
  subject: Buffer;
  endpoint: string;
  taken: Generated<Date[]>;
}

/** What TikTok caps in a day for a creator. */
export type CreatorCap = 'posts' | 'pending_shares';

/** What TikTok caps in a day. */
export type Cap = CreatorCap | 'users';

/** Row of `cap_uses`: the place that an attempt has taken. */
export interface CapUsesTable {
  attempt_id: string;
  cap: CreatorCap;
  /** Hash of the account at TikTok. */
  creator: Buffer;
  /** Hash of the app. */
  app: Buffer;
  taken_at: Date;
}

/** Row of `learned_caps`: what a refusal of TikTok's taught. */
export interface LearnedCapsTable {
  /** Hash of the account at TikTok, or of the app. */
  subject: Buffer;
  cap: Cap;
  /** Places that there were; null: not known. */
  most: number | null;
  not_before: Date;
  holds_until: Date;
  refusals: Generated<number>;
  learned_at: Date;
}

/** Where a circuit stands. */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** Row of `circuits`: one that is not closed, or has failures. */
export interface CircuitsTable {
  /** `tiktok`, or the id of an account. */
  subject: string;
  state: CircuitState;
  failures: Generated<number>;
  accounts: Generated<string[]>;
  openings: Generated<number>;
  retry_at: Date | null;
  last_error: string | null;
  changed_at: Date;
}
