import type { Generated } from 'kysely';

/** Row of `checks`: the last report of one check. */
export interface ChecksTable {
  workspace_id: string;
  name: string;
  ran_at: Generated<Date>;
  is_ok: boolean;
  words: string;
  details: Generated<{ readonly [name: string]: unknown }>;
}

/** Row of `log_redactions`: how many lines of a day's log held what looked like a secret. */
export interface LogRedactionsTable {
  day: string;
  lines: number;
}
