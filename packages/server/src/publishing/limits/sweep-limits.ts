import type { Database } from '../../db/database.ts';
import { deleteOldUses } from './cap-queries.ts';
import { deleteOldCircuits } from './circuit-queries.ts';
import { deleteIdleWindows } from './slot-queries.ts';

/** Forgets what no limit counts any more. @returns Whether there is more of it. */
export async function sweepLimits(
  database: Database,
  { limit }: { readonly limit: number },
): Promise<boolean> {
  const windows = await deleteIdleWindows(database, limit);
  const uses = await deleteOldUses(database, limit);
  await deleteOldCircuits(database);
  return windows === limit || uses === limit;
}
