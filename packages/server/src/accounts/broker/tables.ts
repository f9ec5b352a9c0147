import type { Generated } from 'kysely';

/** Row of `account_tokens`: the sealed tokens of an account, and the lease of whoever refreshes them. */
export interface AccountTokensTable {
  account_id: string;
  workspace_id: string;
  access_token_sealed: Buffer;
  refresh_token_sealed: Buffer;
  access_expires_at: Date;
  /** Null: TikTok did not say. */
  refresh_expires_at: Date | null;
  /** When this pair was stored. */
  refreshed_at: Date;
  /** When the sweep takes it; null: never, because only the creator's new consent helps. */
  refresh_due_at: Date | null;
  /** Another one with every pair. A new pair is stored only over the generation that it was made of. */
  generation: Generated<number>;
  /** Presence number of the process that refreshes it. */
  lease_owner: number | null;
  lease_taken_at: Date | null;
  /** A request for a new pair may have reached TikTok, and its answer is not stored. */
  is_unclear: Generated<boolean>;
  /** Failures since the last pair. */
  failures: Generated<number>;
  failing_since: Date | null;
  last_failure_code: string | null;
}
