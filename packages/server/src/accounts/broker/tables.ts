import type { Generated } from 'kysely';

/** The sealed tokens of each account, and the lease of whoever refreshes them. */
export interface AccountTokensTable {
  readonly account_id: string;
  readonly workspace_id: string;
  readonly access_token_sealed: Buffer;
  readonly refresh_token_sealed: Buffer;
  readonly access_expires_at: Date;
  readonly refresh_expires_at: Date;
  readonly refresh_due_at: Date;
  readonly generation: Generated<number>;
  readonly refreshed_at: Generated<Date>;
  readonly lease_owner: number | null;
  readonly lease_taken_at: Date | null;
  readonly is_unclear: Generated<boolean>;
  readonly failures: Generated<number>;
}
