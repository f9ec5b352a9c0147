import { sql } from 'kysely';
import type { Transaction } from '../../db/transaction.ts';

/** A data key as it is stored. */
export interface WrappedDataKey {
  /** Its id, which every value sealed with it names. */
  readonly id: string;
  /** Whose secrets it seals; `null`: the installation's own. */
  readonly workspaceId: string | null;
  /** The key, sealed under the master key. */
  readonly wrapped: Buffer;
  /** The master key that wrapped it. */
  readonly masterKeyId: string;
  /** Whether this very transaction made it, which may yet roll back. */
  readonly isOwn: boolean;
}

const columns = sql`id, workspace_id as "workspaceId", wrapped, master_key_id as "masterKeyId",
  coalesce(made_in = pg_current_xact_id_if_assigned(), false) as "isOwn"`;

/** The data key of a workspace, or of the installation. */
export async function findDataKeyOf(
  tx: Transaction,
  workspaceId: string | null,
): Promise<WrappedDataKey | undefined> {
  const owner =
    workspaceId === null ? sql`workspace_id is null` : sql`workspace_id = ${workspaceId}`;
  const { rows } = await sql<WrappedDataKey>`
    select ${columns} from data_keys where ${owner}`.execute(tx);
  return rows[0];
}

/** The data key with an id, if the transaction's scope sees it. */
export async function findDataKey(
  tx: Transaction,
  id: string,
): Promise<WrappedDataKey | undefined> {
  const { rows } = await sql<WrappedDataKey>`
    select ${columns} from data_keys where id = ${id}`.execute(tx);
  return rows[0];
}

/** Stores a new data key, unless there is one by now: then another transaction was faster, and is waited for. */
export async function insertDataKey(
  tx: Transaction,
  key: Omit<WrappedDataKey, 'isOwn'>,
): Promise<void> {
  await sql`
    insert into data_keys (id, workspace_id, wrapped, master_key_id)
    values (${key.id}, ${key.workspaceId}, ${key.wrapped}, ${key.masterKeyId})
    on conflict (workspace_id) do nothing`.execute(tx);
}

/** Ids of the master keys in use; the last one wraps new data keys. */
export async function listMasterKeyIds(tx: Transaction): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from master_keys order by number`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Registers the first master key of an installation. */
export async function insertFirstMasterKey(tx: Transaction, id: string): Promise<void> {
  await sql`insert into master_keys (id, number) values (${id}, 1)`.execute(tx);
}

/** Lets one transaction at a time look for the installation's keys and make them. */
export async function lockFirstUse(tx: Transaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('greenroom vault: first use', 0))`.execute(
    tx,
  );
}
