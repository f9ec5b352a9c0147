import { masterKeySource } from '../accounts/vault/master-key-source.ts';
import { openVault } from '../accounts/vault/vault.ts';
import { VaultError } from '../accounts/vault/vault-error.ts';
import type { Config } from '../config/config.ts';
import { openDatabase } from '../db/database.ts';
import { borrowEngine } from '../db/engine/borrow-engine.ts';
import { startEngine } from '../db/engine/engine.ts';
import { type BackupOptions, type BackupReport, backup } from './backup.ts';
import { type RestoreOptions, type RestoreReport, restore } from './restore.ts';

/** {@link restoreInstallation} is done. */
export interface RestoredInstallation extends RestoreReport {
  /** What has to be done about the master key before the server starts; undefined: the one at hand opens everything. */
  readonly masterKeyProblem: string | undefined;
}

/**
 * Backs up the installation that a configuration describes, whether its servers run or not.
 *
 * @throws {BackupError} If the file exists, the disk is full, or the schema is not known.
 * @throws {EngineError} If there is no embedded database in the data folder.
 */
export async function backupInstallation(
  config: Config,
  options: Omit<BackupOptions, 'url'>,
): Promise<BackupReport> {
  const { databaseUrl, dataFolder } = config;
  if (databaseUrl !== undefined) return backup({ ...options, url: databaseUrl.open() });
  await using engine = await borrowEngine({ dataFolder });
  return await backup({ ...options, url: engine.url });
}

/**
 * Restores a backup as the installation that a configuration describes: a new data folder, or a new database.
 *
 * @throws {BackupError} If the file is no whole backup, is of a newer version, or the database is not empty.
 * @throws {EngineInUseError} If a server works on the data folder.
 */
export async function restoreInstallation(
  config: Config,
  options: Omit<RestoreOptions, 'url'>,
): Promise<RestoredInstallation> {
  const { databaseUrl, dataFolder } = config;
  if (databaseUrl !== undefined) return restoreInto(databaseUrl.open(), config, options);
  await using engine = await startEngine({ dataFolder });
  return await restoreInto(engine.url, config, options);
}

async function restoreInto(
  url: string,
  config: Config,
  options: Omit<RestoreOptions, 'url'>,
): Promise<RestoredInstallation> {
  const report = await restore({ ...options, url });
  return { ...report, masterKeyProblem: await findMasterKeyProblem(url, config) };
}

/** Opens the vault as a server would at its start. */
async function findMasterKeyProblem(url: string, config: Config): Promise<string | undefined> {
  await using database = await openDatabase({ url, maxConnections: 2 });
  try {
    await openVault({ database, masterKeys: masterKeySource(config) });
    return undefined;
  } catch (error) {
    if (error instanceof VaultError) return error.message;
    throw error;
  }
}
