import { sql } from 'kysely';
import { type Database, inInstallation } from '../db/database.ts';

/** Deletes events that are older than the retention, oldest first, and gives their number. Those of a post that has not ended stay. */
export async function deleteOldEvents(
  database: Database,
  options: { readonly retentionDays: number; readonly limit: number },
): Promise<number> {
  return inInstallation(database, async (tx) => {
    const { rows } = await sql<{ count: number }>`
      select delete_old_events(
        make_interval(days => ${options.retentionDays}), ${options.limit}::int) as count`.execute(
      tx,
    );
    return rows[0]?.count ?? 0;
  });
}
