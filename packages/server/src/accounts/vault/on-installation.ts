import type { Config } from '../../config/config.ts';
import { borrowEngine } from '../../db/engine/borrow-engine.ts';

/**
 * Works as the owner on the database of the installation that a configuration describes, whether its servers run
 * or not.
 *
 * @throws {EngineError} If there is no embedded database in the data folder.
 */
export async function onInstallation<T>(
  { databaseUrl, dataFolder }: Config,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (databaseUrl !== undefined) return work(databaseUrl.open());
  await using engine = await borrowEngine({ dataFolder });
  return await work(engine.url);
}
