import { findUnsealed } from '../accounts/vault/find-unsealed.ts';
import { masterKeySource } from '../accounts/vault/master-key-source.ts';
import { openVault, type Vault } from '../accounts/vault/vault.ts';
import { VaultError } from '../accounts/vault/vault-error.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/database.ts';
import type { ReachedDatabase } from './check-database.ts';
import { type Finding, failed, failedBy, ok, skipped } from './finding.ts';

/** What was found of the vault, and the vault when it opens. */
export interface VaultCheck {
  readonly findings: readonly Finding[];
  readonly vault: Vault | undefined;
}

/** Whether the master key is there and is the one of this database. Makes none. */
export async function checkVault(
  config: Config,
  reached: ReachedDatabase | undefined,
  database: Database | undefined,
): Promise<VaultCheck> {
  const { make: _, ...source } = masterKeySource(config);
  try {
    await source.read();
  } catch (error) {
    return { findings: [await judgeUnreadable(error, config, reached)], vault: undefined };
  }
  if (reached === undefined || database === undefined || (await isUnused(reached))) {
    return {
      findings: [ok('master_key', `${source.place} holds a master key.`)],
      vault: undefined,
    };
  }
  try {
    const vault = await openVault({ database, masterKeys: source });
    const key = ok('master_key', `${source.place} holds the master key of this database.`);
    return { findings: [key, await checkSealed(config, reached)], vault };
  } catch (error) {
    return { findings: [failedBy('master_key', error)], vault: undefined };
  }
}

/** A new installation has no key yet where Greenroom makes it itself; anywhere else it is missing. */
async function judgeUnreadable(
  error: unknown,
  config: Config,
  reached: ReachedDatabase | undefined,
): Promise<Finding> {
  const isMissing = error instanceof VaultError && error.code === 'master_key_missing';
  const isMadeAtStart = masterKeySource(config).make !== undefined;
  const isNew = reached === undefined || (await isUnused(reached));
  if (isMissing && isMadeAtStart && isNew) {
    return skipped('master_key', 'There is no master key yet: greenroom serve makes it.');
  }
  return failedBy('master_key', error);
}

/** Whether no master key has sealed anything here yet. */
async function isUnused({ client, isCurrent }: ReachedDatabase): Promise<boolean> {
  if (!isCurrent) return true;
  const { rows } = await client.query<{ is_unused: boolean }>(
    'select not exists (select from public.master_keys) as is_unused',
  );
  return rows[0]?.is_unused ?? true;
}

/** Whether every secret in the database is sealed. */
async function checkSealed({ publicUrl }: Config, { client }: ReachedDatabase): Promise<Finding> {
  const found = await findUnsealed(client, publicUrl);
  if (found.length === 0) return ok('sealed', 'No secret stands in the open in the database.');
  const places = found.map(({ column, rows, table }) => `${table}.${column} (${rows} rows)`);
  return failed(
    'sealed',
    `Secrets stand in the open: ${places.join(', ')}.`,
    'This should never be. Revoke what stands there (disconnect the accounts, renew the app’s secret), and tell us: SECURITY.md',
  );
}
