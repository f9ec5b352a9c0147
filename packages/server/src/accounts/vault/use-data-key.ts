import { type KeyObject, randomUUID } from 'node:crypto';
import type { Transaction } from '../../db/transaction.ts';
import {
  findDataKeyOf,
  insertDataKey,
  listMasterKeyIds,
  type WrappedDataKey,
} from './data-keys.ts';
import { makeDataKey, unwrapDataKey, wrapDataKey } from './master-key.ts';
import type { MasterKeyRing } from './master-key-ring.ts';

/** A data key that can be used. */
export interface DataKey {
  /** Its id, which every value sealed with it names. */
  readonly id: string;
  readonly key: KeyObject;
  /** Made by this very transaction: not to be kept, for the transaction may roll back. */
  readonly isOwn: boolean;
}

/**
 * Finds the data key of a workspace, or with `null` of the installation, or makes it. Whoever is slower at
 * making takes what the faster one stored.
 */
export async function useDataKeyOf(
  tx: Transaction,
  ring: MasterKeyRing,
  workspaceId: string | null,
): Promise<DataKey> {
  const found = await findDataKeyOf(tx, workspaceId);
  if (found !== undefined) return unwrapStored(ring, found);
  await storeNewDataKey(tx, ring, workspaceId);
  const stored = await findDataKeyOf(tx, workspaceId);
  if (stored === undefined) {
    throw new Error(
      'A data key is made in the scope of its workspace; the transaction has another',
    );
  }
  return unwrapStored(ring, stored);
}

/** Unwraps a data key as the database has it. */
export async function unwrapStored(ring: MasterKeyRing, stored: WrappedDataKey): Promise<DataKey> {
  const masterKey = await ring.get(stored.masterKeyId);
  const key = unwrapDataKey(masterKey, stored, stored.wrapped);
  return { id: stored.id, key, isOwn: stored.isOwn };
}

async function storeNewDataKey(
  tx: Transaction,
  ring: MasterKeyRing,
  workspaceId: string | null,
): Promise<void> {
  // Asked each time: a rotation may have come since, and the former key is on its way out.
  const [newest = ring.first.id] = (await listMasterKeyIds(tx)).slice(-1);
  const masterKey = await ring.get(newest);
  const id = randomUUID();
  const wrapped = wrapDataKey(masterKey, { id, workspaceId }, makeDataKey());
  await insertDataKey(tx, { id, workspaceId, wrapped, masterKeyId: masterKey.id });
}
