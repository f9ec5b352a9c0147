import type { ColumnType, Generated } from 'kysely';

/** Row of `webhook_events`: an event of TikTok's, as it came. */
export interface WebhookEventsTable {
  id: Generated<string>;
  /** Null while no workspace knows the account. */
  workspace_id: string | null;
  app_id: string;
  account_id: string | null;
  /** SHA-256 of what tells the event from others. */
  key_hash: Buffer;
  /** TikTok's name of the event. */
  event: string;
  /** TikTok's `create_time`. */
  happened_at: Date;
  /** The raw bytes that were signed. */
  body: Buffer;
  received_at: ColumnType<Date, Date | undefined, Date>;
  attempts: Generated<number>;
  next_try_at: ColumnType<Date, Date | undefined, Date>;
  processed_at: Date | null;
  outcome: string | null;
}
