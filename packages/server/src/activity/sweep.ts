import { type RawBuilder, sql } from 'kysely';
import { type Database, inInstallation } from '../db/database.ts';
import { codeOf } from '../db/errors.ts';

/** What a sweep over the audit log's partitions did. */
export interface ActivitySweepReport {
  /** Months that were made. */
  readonly made: readonly string[];
  /** Months that were dropped, older than the retention. */
  readonly dropped: readonly string[];
  /** Somebody was reading the log for long; the next sweep does what this one could not. */
  readonly isPostponed: boolean;
}

/**
 * Makes the months of the audit log ahead of time, and drops those that are older than the retention.
 *
 * Once an hour is plenty: three months are made ahead, and rows that found none wait in the default partition.
 *
 * @param options.retentionDays - Whole months that ended longer ago are dropped; at least 30.
 */
export async function sweepActivity(
  database: Database,
  options: { readonly retentionDays: number },
): Promise<ActivitySweepReport> {
  const made = await monthsOf(database, sql<Month>`select prepare_activity_months() as month`);
  const dropped = await monthsOf(
    database,
    sql<Month>`select drop_activity_months(${options.retentionDays}) as month`,
  );
  return {
    made: made ?? [],
    dropped: dropped ?? [],
    isPostponed: made === undefined || dropped === undefined,
  };
}

interface Month {
  readonly month: string;
}

/** Names of the months that a statement changed; `undefined` when it waited for a lock in vain. */
async function monthsOf(
  database: Database,
  statement: RawBuilder<Month>,
): Promise<string[] | undefined> {
  try {
    return await inInstallation(database, async (tx) => {
      const { rows } = await statement.execute(tx);
      return rows.map(({ month }) => month);
    });
  } catch (error) {
    if (codeOf(error) === LOCK_NOT_AVAILABLE) return undefined;
    throw error;
  }
}

const LOCK_NOT_AVAILABLE = '55P03';
