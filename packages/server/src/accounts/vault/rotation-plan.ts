import { type MasterKey, type MasterKeys, makeMasterKey } from './master-key.ts';
import type { MasterKeySource } from './master-key-source.ts';
import { VaultError } from './vault-error.ts';

/** What a rotation is going to do. */
export interface RotationPlan {
  /** The master key that shall wrap everything. */
  readonly target: MasterKey;
  /** The keys that may still wrap something. */
  readonly former: readonly MasterKey[];
  /** Whether `target` is made by this rotation and is in no file yet. */
  readonly isNew: boolean;
}

/**
 * Decides which master key shall wrap everything.
 *
 * That is the first one of the source, if anything is not in order by it: an operator gave a new one, or
 * a rotation was interrupted. Else a new one is made, where there is a file to keep it.
 *
 * @param registered - Ids of the master keys in use, the newest last.
 * @throws {VaultError} If a key in use is missing, or a new one must come from the operator.
 */
export async function planRotation(
  source: MasterKeySource,
  registered: readonly string[],
): Promise<RotationPlan> {
  const keys = await source.read();
  requireAll(source, keys, registered);
  const [first, ...others] = keys;
  const inFile = await source.file?.read();
  const isInOrder = registered.length === 1 && registered[0] === first.id;
  if (!isInOrder || (inFile !== undefined && inFile.length > 1)) {
    return { target: first, former: others, isNew: false };
  }
  if (inFile === undefined) throw newKeyMissing(source, first);
  return { target: makeMasterKey(), former: inFile, isNew: true };
}

function requireAll(
  source: MasterKeySource,
  keys: MasterKeys,
  registered: readonly string[],
): void {
  if (registered.length === 0) {
    throw new VaultError(
      'vault_empty',
      'This database has no data keys yet, so there is nothing to rotate. Start Greenroom once: greenroom serve',
    );
  }
  const missing = registered.filter((id) => !keys.some((key) => key.id === id));
  if (missing.length > 0) {
    throw new VaultError(
      'master_key_wrong',
      `Data keys are wrapped by the master key ${missing.join(', ')}, which ${source.place} does not give. Nothing was changed. Give it as GREENROOM_MASTER_KEY_PREVIOUS.`,
    );
  }
}

function newKeyMissing(source: MasterKeySource, present: MasterKey): VaultError {
  return new VaultError(
    'new_master_key_missing',
    `Everything is wrapped by the master key ${present.id} of ${source.place}, and no newer key is there. ` +
      'Make one (openssl rand -base64 32), give it in place of the present one, give the present one as GREENROOM_MASTER_KEY_PREVIOUS, ' +
      'restart every Greenroom process with both, then run this again.',
  );
}
