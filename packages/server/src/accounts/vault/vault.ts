import { hkdfSync, type KeyObject } from 'node:crypto';
import { type Database, inInstallation } from '../../db/database.ts';
import type { Transaction } from '../../db/transaction.ts';
import { Secret } from '../secret.ts';
import {
  findDataKey,
  findDataKeyOf,
  insertFirstMasterKey,
  listMasterKeyIds,
  lockFirstUse,
} from './data-keys.ts';
import type { MasterKeys } from './master-key.ts';
import { MasterKeyRing } from './master-key-ring.ts';
import type { MasterKeySource } from './master-key-source.ts';
import { type AssociatedData, findKeyId, openBytes, sealBytes } from './sealed-form.ts';
import { type DataKey, unwrapStored, useDataKeyOf } from './use-data-key.ts';
import { VaultError } from './vault-error.ts';

/** Where a sealed value is stored. It opens there and nowhere else. */
export interface Place {
  /** Whose it is; `null`: the installation's own. */
  readonly workspaceId: string | null;
  /** Name of the table. */
  readonly table: string;
  /** Name of the column. */
  readonly column: string;
  /** The row's primary key as text. Rows are sealed before they are inserted: make the id first. */
  readonly rowId: string;
}

/** What {@link openVault} needs. */
export interface VaultOptions {
  /** Where the data keys are. */
  readonly database: Database;
  /** Where the master key comes from. */
  readonly masterKeys: MasterKeySource;
}

/**
 * Opens the vault: reads the master key and makes sure that it is the one this database is sealed under.
 *
 * On a new installation the installation's data key is made, and the master key too where the source allows it.
 *
 * @throws {VaultError} If the master key is missing, exposed, malformed or another one. Nothing is changed then.
 */
export async function openVault({ database, masterKeys }: VaultOptions): Promise<Vault> {
  const ring = new MasterKeyRing(masterKeys, await readOrMake(database, masterKeys));
  return inInstallation(database, async (tx) => {
    await lockFirstUse(tx);
    const ids = await listMasterKeyIds(tx);
    if (ids.length === 0) await insertFirstMasterKey(tx, ring.first.id);
    for (const id of ids) await ring.get(id);
    return new Vault(ring, await useDataKeyOf(tx, ring, null));
  });
}

/**
 * Seals and opens secrets: AES-256-GCM under a data key for each workspace, which the master key wraps.
 *
 * A data key is unwrapped once and then kept in memory, as key objects outside JavaScript's heap: a few
 * hundred bytes for each workspace. Where a workspace has none yet, the first value that is sealed makes it.
 */
export class Vault {
  readonly #ring: MasterKeyRing;
  readonly #installationKey: DataKey;
  readonly #byId = new Map<string, KeyObject>();
  readonly #byWorkspace = new Map<string, DataKey>();

  constructor(ring: MasterKeyRing, installationKey: DataKey) {
    this.#ring = ring;
    this.#installationKey = installationKey;
    this.#byId.set(toHex(installationKey.id), installationKey.key);
  }

  /** Seals a secret for one place. The transaction works for the place's workspace. */
  async seal(tx: Transaction, place: Place, secret: Secret): Promise<Buffer> {
    return this.#seal(tx, place, 'secret', secret.reveal());
  }

  /**
   * Opens what {@link Vault.seal} made for this place.
   *
   * @throws {VaultError} If it was changed, truncated or moved, or its key is gone.
   */
  async open(tx: Transaction, place: Place, sealed: Buffer): Promise<Secret> {
    return Secret.of(await this.#open(tx, place, 'secret', sealed));
  }

  /** Seals a text that is private but no secret of an account, such as a kept answer. */
  async sealText(tx: Transaction, place: Place, text: string): Promise<Buffer> {
    return this.#seal(tx, place, 'text', text);
  }

  /** Opens what {@link Vault.sealText} made for this place, and nothing that {@link Vault.seal} made. */
  async openText(tx: Transaction, place: Place, sealed: Buffer): Promise<string> {
    return this.#open(tx, place, 'text', sealed);
  }

  /**
   * A key of 32 bytes for one purpose, such as signing cookies: the same in every process and after a
   * rotation, and useless for opening anything of the vault.
   */
  deriveKey(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#installationKey.key, '', purpose, 32));
  }

  /**
   * Makes sure that this process still opens what the database holds, in the scope of the installation.
   *
   * @throws {VaultError} If a rotation brought a key that the source does not give, or another database took this one's place.
   */
  async check(tx: Transaction): Promise<void> {
    for (const id of await listMasterKeyIds(tx)) await this.#ring.get(id);
    const stored = await findDataKeyOf(tx, null);
    if (stored?.id !== this.#installationKey.id) {
      throw new VaultError(
        'data_key_missing',
        "The installation's data key is not the one that this process began with: the database was replaced. Restart Greenroom.",
      );
    }
    await unwrapStored(this.#ring, stored);
  }

  async #seal(tx: Transaction, place: Place, kind: Kind, text: string): Promise<Buffer> {
    const { id, key } = await this.#dataKeyOf(tx, place.workspaceId);
    return sealBytes(key, id, toAssociated(kind, place), Buffer.from(text));
  }

  async #open(tx: Transaction, place: Place, kind: Kind, sealed: Buffer): Promise<string> {
    const keyId = findKeyId(sealed);
    if (keyId === undefined) throw unreadable(place);
    const key = this.#byId.get(keyId) ?? (await this.#findDataKey(tx, place, keyId));
    try {
      return openBytes(key, toAssociated(kind, place), sealed).toString();
    } catch (cause) {
      throw unreadable(place, cause);
    }
  }

  async #dataKeyOf(tx: Transaction, workspaceId: string | null): Promise<DataKey> {
    if (workspaceId === null) return this.#installationKey;
    const known = this.#byWorkspace.get(workspaceId);
    if (known !== undefined) return known;
    const dataKey = await useDataKeyOf(tx, this.#ring, workspaceId);
    if (!dataKey.isOwn) {
      this.#byWorkspace.set(workspaceId, dataKey);
      this.#byId.set(toHex(dataKey.id), dataKey.key);
    }
    return dataKey;
  }

  async #findDataKey(tx: Transaction, place: Place, keyId: string): Promise<KeyObject> {
    const wrapped = await findDataKey(tx, keyId);
    if (wrapped === undefined) {
      throw new VaultError(
        'data_key_missing',
        `The data key ${keyId} of ${describe(place)} is not in the database. Restore it from a backup, or connect the account again.`,
      );
    }
    const { key } = await unwrapStored(this.#ring, wrapped);
    if (!wrapped.isOwn) this.#byId.set(keyId, key);
    return key;
  }
}

/** What a sealed text is; one cannot be opened as the other. */
type Kind = 'secret' | 'text';

async function readOrMake(database: Database, source: MasterKeySource): Promise<MasterKeys> {
  try {
    return await source.read();
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== 'master_key_missing') throw error;
    const ids = await inInstallation(database, listMasterKeyIds);
    const [newest] = ids.slice(-1);
    if (newest !== undefined) throw lost(source, newest);
    if (source.make === undefined) throw error;
    return source.make();
  }
}

function toAssociated(kind: Kind, place: Place): AssociatedData {
  return ['greenroom', kind, place.workspaceId, place.table, place.column, place.rowId];
}

function unreadable(place: Place, cause?: unknown): VaultError {
  return new VaultError(
    'sealed_value_unreadable',
    `The sealed value in ${describe(place)} cannot be opened: it was changed, cut or moved from another place.`,
    { cause },
  );
}

function lost(source: MasterKeySource, id: string): VaultError {
  return new VaultError(
    'master_key_missing',
    `${source.place} holds no master key, and this database is sealed under the master key ${id}. No new one was made, for it would open nothing. Put the former one back from where you keep it. If it is lost for good, \`greenroom keys forget\` gives up what only it opens, and every account has to be connected again.`,
  );
}

function describe(place: Place): string {
  return `${place.table}.${place.column} of row ${place.rowId}`;
}

function toHex(id: string): string {
  return id.replaceAll('-', '');
}
