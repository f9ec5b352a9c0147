import { recordActivity } from '../../activity/record.ts';
import { openDatabase } from '../../db/database.ts';
import type { Transaction } from '../../db/transaction.ts';
import { listMasterKeyIds, lockFirstUse } from './data-keys.ts';
import {
  countConnectedAccounts,
  deleteLostKeys,
  type ForgottenValues,
  forgetUnopenable,
  isAnyServerAlive,
} from './forget-queries.ts';
import type { MasterKeySource } from './master-key-source.ts';
import { asOwner, withRotationLock } from './rotation-queries.ts';
import { VaultError } from './vault-error.ts';

/** What {@link forgetMasterKey} is about to give up. */
export interface LostKeys {
  /** Ids of the master keys that the configuration does not give. */
  readonly masterKeyIds: readonly string[];
  /** Accounts that are connected now, and may have to be connected again. */
  readonly connectedAccounts: number;
}

/** What {@link forgetMasterKey} needs. */
export interface ForgetOptions {
  /** Address of the database, as the user that owns it. */
  readonly url: string;
  /** Where the master key comes from, or would. */
  readonly masterKeys: MasterKeySource;
  /** Asked before anything is changed; `false` leaves everything as it is. */
  readonly confirm: (lost: LostKeys) => boolean | Promise<boolean>;
}

/** What was given up. */
export interface ForgetReport extends ForgottenValues {
  /** Ids of the master keys that nothing is sealed under any more. */
  readonly masterKeyIds: readonly string[];
  /** Data keys that they had wrapped. */
  readonly dataKeys: number;
}

/**
 * Gives up what was sealed under a master key that is lost, so that the installation can be used again: what
 * nobody can open any more is deleted, its accounts ask to be connected again, everything else stays. All of it
 * happens in one transaction, or nothing.
 *
 * @returns `undefined` if it was not confirmed.
 * @throws {VaultError} If the configuration gives every key, if a server runs, or if nothing is sealed.
 */
export async function forgetMasterKey(options: ForgetOptions): Promise<ForgetReport | undefined> {
  await using database = await openDatabase({
    url: options.url,
    applicationName: 'greenroom-keys-forget',
    maxConnections: 2,
    statementTimeoutMs: 600_000,
  });
  return await withRotationLock(database, async () => {
    const lost = await asOwner(database, (tx) => findLost(tx, options.masterKeys));
    if (!(await options.confirm(lost))) return undefined;
    return asOwner(database, (tx) => forget(tx, options.masterKeys));
  });
}

async function findLost(tx: Transaction, source: MasterKeySource): Promise<LostKeys> {
  await lockFirstUse(tx);
  const registered = await listMasterKeyIds(tx);
  if (registered.length === 0) {
    throw new VaultError(
      'vault_empty',
      'Nothing is sealed in this database, so there is nothing to forget. Start Greenroom: greenroom serve',
    );
  }
  const given = await readIds(source);
  const masterKeyIds = registered.filter((id) => !given.includes(id));
  if (masterKeyIds.length === 0) {
    throw new VaultError(
      'master_key_not_lost',
      `The master key of ${source.place} opens this database, so nothing is lost. Nothing was changed.`,
    );
  }
  // It may have the lost key in its memory, and would go on sealing with data keys that are gone.
  if (await isAnyServerAlive(tx)) {
    throw new VaultError(
      'servers_running',
      'A Greenroom server runs on this database. If it works, it has the master key: look for it where that server was started. Else stop every server first. Nothing was changed.',
    );
  }
  return { masterKeyIds, connectedAccounts: await countConnectedAccounts(tx) };
}

/** Only a key that is not there is lost: one that cannot be read, or is exposed, can be put right. */
async function readIds(source: MasterKeySource): Promise<readonly string[]> {
  try {
    return (await source.read()).map(({ id }) => id);
  } catch (error) {
    if (error instanceof VaultError && error.code === 'master_key_missing') return [];
    throw error;
  }
}

async function forget(tx: Transaction, source: MasterKeySource): Promise<ForgetReport> {
  const { masterKeyIds } = await findLost(tx, source);
  const dataKeys = await deleteLostKeys(tx, masterKeyIds);
  const values = await forgetUnopenable(tx);
  await recordActivity(tx, {
    actor: { kind: 'system', id: 'keys forget' },
    action: 'master_key.forgotten',
    reason: 'greenroom keys forget',
    details: { master_keys: masterKeyIds, data_keys: dataKeys, ...toDetails(values) },
  });
  return { masterKeyIds, dataKeys, ...values };
}

function toDetails(values: ForgottenValues) {
  const { accounts, answers, apps, connections, endpoints, uploads } = values;
  return { accounts, apps, connections, answers, uploads, endpoints };
}
