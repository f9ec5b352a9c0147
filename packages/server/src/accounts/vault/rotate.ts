import { recordActivity } from '../../activity/record.ts';
import { type Database, openDatabase } from '../../db/database.ts';
import type { Transaction } from '../../db/transaction.ts';
import { listMasterKeyIds } from './data-keys.ts';
import { createKeyFile, readKeyFile } from './key-file.ts';
import { formatMasterKeys, type MasterKey, unwrapDataKey, wrapDataKey } from './master-key.ts';
import type { MasterKeySource } from './master-key-source.ts';
import { planRotation, type RotationPlan } from './rotation-plan.ts';
import {
  asOwner,
  deleteOtherMasterKeys,
  type FormerlyWrapped,
  isStillNeeded,
  lockFormerlyWrapped,
  makeNewest,
  type RotationLock,
  storeNewlyWrapped,
  withRotationLock,
} from './rotation-queries.ts';
import { VaultError } from './vault-error.ts';

/** What a rotation has just done, in this order; data keys are wrapped in portions. */
export type RotationStep =
  /** The new key is in the file, beside the former. */
  | 'key_stored'
  /** The new key wraps the data keys that servers make from now on. */
  | 'key_registered'
  /** A portion of the data keys is wrapped by the new key. */
  | 'data_keys_wrapped'
  /** The former key wraps nothing any more. */
  | 'former_key_retired'
  /** The former key is out of the file. */
  | 'former_key_removed';

/** How far a rotation is. */
export interface RotationProgress {
  /** What was just done. */
  readonly step: RotationStep;
  /** Data keys wrapped by the new key so far. */
  readonly dataKeys: number;
}

/** What {@link rotateMasterKey} needs. */
export interface RotationOptions {
  /** Address of the database, as the user that owns it. */
  readonly url: string;
  /** Where the master key comes from. */
  readonly masterKeys: MasterKeySource;
  /** Path of a file for the former key, which backups made before need. A file that is there is left alone. */
  readonly keepFormerAt?: string | undefined;
  /** Hears of each step, and is waited for. */
  readonly onProgress?: ((progress: RotationProgress) => void | Promise<void>) | undefined;
  /** Stops after a step. Calling again goes on from there. */
  readonly signal?: AbortSignal | undefined;
}

/** What a rotation did. */
export interface RotationReport {
  /** The master key that wraps everything now. */
  readonly masterKeyId: string;
  /** The keys that nothing but former backups needs any more. */
  readonly formerKeyIds: readonly string[];
  /** Data keys that were wrapped anew. */
  readonly dataKeys: number;
  /** Whether the key was made by this call; else it was there, by an operator or by an interrupted rotation. */
  readonly isNewKey: boolean;
}

/**
 * Wraps every data key by a new master key, while servers run.
 *
 * A file gets the new key beside the former one, which leaves the file when nothing is wrapped by it any
 * more. From the environment or a command both keys must come, the new one first. At every moment the
 * source opens every data key: a rotation that is killed leaves an installation that starts, and the next
 * call finishes it.
 *
 * It works as the owner of the database. The role of the servers may not change a data key, not even
 * through a function: who broke into a server could otherwise make every secret unreadable.
 *
 * @throws {VaultError} If a key is missing, or another rotation is under way.
 */
export async function rotateMasterKey(options: RotationOptions): Promise<RotationReport> {
  await using database = await openDatabase({
    url: options.url,
    applicationName: 'greenroom-keys-rotate',
    maxConnections: 2,
    // A server that is just making a data key holds back the end of the former master key.
    lockTimeoutMs: 90_000,
    statementTimeoutMs: 120_000,
  });
  return await withRotationLock(database, async (lock) => {
    const registered = await asOwner(database, listMasterKeyIds);
    const plan = await planRotation(options.masterKeys, registered);
    return new Rotation(database, lock, plan, options).run();
  });
}

/** Data keys in a transaction: few enough that servers which make one at that moment do not wait. */
const PORTION = 100;

class Rotation {
  readonly #database: Database;
  readonly #lock: RotationLock;
  readonly #plan: RotationPlan;
  readonly #options: RotationOptions;
  #dataKeys = 0;

  constructor(
    database: Database,
    lock: RotationLock,
    plan: RotationPlan,
    options: RotationOptions,
  ) {
    this.#database = database;
    this.#lock = lock;
    this.#plan = plan;
    this.#options = options;
  }

  async run(): Promise<RotationReport> {
    const { target, former, isNew } = this.#plan;
    const { keepFormerAt } = this.#options;
    if (keepFormerAt !== undefined) await keepKeys(keepFormerAt, former);
    if (isNew) await this.#rewriteFile([target, ...former]);
    await this.#tell('key_stored');
    await asOwner(this.#database, (tx) => makeNewest(tx, target.id));
    await this.#tell('key_registered');
    do await this.#wrapAll();
    while (!(await this.#retireFormer()));
    await this.#tell('former_key_retired');
    await this.#rewriteFile([target]);
    await this.#tell('former_key_removed');
    return {
      masterKeyId: target.id,
      formerKeyIds: former.map(({ id }) => id),
      dataKeys: this.#dataKeys,
      isNewKey: isNew,
    };
  }

  /** A rotation that lost its lock may not undo what another one wrote since. */
  async #rewriteFile(keys: readonly [MasterKey, ...MasterKey[]]): Promise<void> {
    const { file } = this.#options.masterKeys;
    // A file that an operator keeps, such as a mounted secret, is left alone once it is as it shall be.
    if (file === undefined || isAlike(await file.read(), keys)) return;
    await this.#lock.requireHeld();
    await file.replace(keys);
  }

  async #wrapAll(): Promise<void> {
    for (;;) {
      const wrapped = await asOwner(this.#database, (tx) => this.#wrapPortion(tx));
      if (wrapped === 0) return;
      this.#dataKeys += wrapped;
      await this.#tell('data_keys_wrapped');
    }
  }

  async #wrapPortion(tx: Transaction): Promise<number> {
    const { target, former } = this.#plan;
    const portion = await lockFormerlyWrapped(tx, target.id, PORTION);
    const fresh = portion.map((dataKey) => {
      const key = unwrapDataKey(findWrapper(former, dataKey), dataKey, dataKey.wrapped);
      return { id: dataKey.id, wrapped: wrapDataKey(target, dataKey, key) };
    });
    await storeNewlyWrapped(tx, target.id, fresh);
    return portion.length;
  }

  /** Whether nothing was wrapped by a former key in between. */
  async #retireFormer(): Promise<boolean> {
    const { target, former } = this.#plan;
    try {
      await asOwner(this.#database, async (tx) => {
        await deleteOtherMasterKeys(tx, target.id);
        await recordActivity(tx, {
          actor: { kind: 'system', id: 'keys rotate' },
          action: 'master_key.rotated',
          subjectId: target.id,
          reason: 'greenroom keys rotate',
          details: { former: former.map(({ id }) => id), data_keys: this.#dataKeys },
        });
      });
      return true;
    } catch (error) {
      if (isStillNeeded(error)) return false;
      throw error;
    }
  }

  async #tell(step: RotationStep): Promise<void> {
    await this.#options.onProgress?.({ step, dataKeys: this.#dataKeys });
    this.#options.signal?.throwIfAborted();
  }
}

function isAlike(some: readonly MasterKey[], others: readonly MasterKey[]): boolean {
  const toText = (keys: readonly MasterKey[]) => keys.map(({ id }) => id).join(' ');
  return toText(some) === toText(others);
}

function findWrapper(former: readonly MasterKey[], dataKey: FormerlyWrapped): MasterKey {
  const wrapper = former.find(({ id }) => id === dataKey.masterKeyId);
  // A server that was given another new key, say on another machine, may have registered it just now.
  if (wrapper === undefined) {
    throw new VaultError(
      'master_key_wrong',
      `Meanwhile a data key was wrapped by the master key ${dataKey.masterKeyId}, which this command was not given. Run it again with that key as GREENROOM_MASTER_KEY_PREVIOUS.`,
    );
  }
  return wrapper;
}

async function keepKeys(path: string, keys: readonly MasterKey[]): Promise<void> {
  const text = formatMasterKeys(keys);
  if (await createKeyFile(path, text)) return;
  if ((await readKeyFile(path)) === text) return;
  throw new VaultError(
    'former_key_not_kept',
    `${path} is there already and holds something else. Nothing was changed: name a file that does not exist yet.`,
  );
}
