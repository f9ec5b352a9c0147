import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { codeOf } from '../../db/errors.ts';
import type { Transaction } from '../../db/transaction.ts';
import { VaultError } from './vault-error.ts';

/** A data key under the master key that it is to be re-wrapped from. */
export interface FormerlyWrapped {
  readonly id: string;
  readonly workspaceId: string | null;
  readonly wrapped: Buffer;
  readonly masterKeyId: string;
}

/** A data key under the master key that it was re-wrapped by. */
export interface NewlyWrapped {
  readonly id: string;
  readonly wrapped: Buffer;
}

/** Held while a rotation runs. */
export interface RotationLock {
  /** Fails if the connection that holds the lock is gone, and the lock with it. */
  requireHeld(): Promise<void>;
}

/**
 * Runs `work` while this session holds the lock that keeps commands that change keys apart.
 *
 * @throws {VaultError} If another one holds it.
 */
export async function withRotationLock<T>(
  database: Database,
  work: (lock: RotationLock) => Promise<T>,
): Promise<T> {
  const client = await database.pool.connect();
  client.on('error', () => undefined);
  try {
    const { rows } = await client.query<{ is_free: boolean }>(
      `select pg_try_advisory_lock(hashtextextended('greenroom keys rotate', 0)) as is_free`,
    );
    if (rows[0]?.is_free !== true) {
      throw new VaultError(
        'rotation_under_way',
        'Another `greenroom keys` command works on this database. Wait until it is done.',
      );
    }
    return await work({ requireHeld: async () => void (await client.query('select 1')) });
  } finally {
    // The connection is ended, not returned: so the lock is free whatever happened.
    client.release(true);
  }
}

/** Runs `work` as the owner of the tables, whom row-level security does not bind. */
export function asOwner<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return database.transaction('begin; set local role none', work);
}

/** Lets a master key wrap the data keys that are made from now on. */
export async function makeNewest(tx: Transaction, id: string): Promise<void> {
  await sql`
    insert into master_keys (id, number)
    select ${id}, coalesce(max(number), 0) + 1 from master_keys
    having max(number) is distinct from (select number from master_keys where id = ${id})
    on conflict (id) do update set number = excluded.number`.execute(tx);
}

/** Some of the data keys that another master key wraps, locked. */
export async function lockFormerlyWrapped(
  tx: Transaction,
  masterKeyId: string,
  limit: number,
): Promise<FormerlyWrapped[]> {
  const { rows } = await sql<FormerlyWrapped>`
    select id, workspace_id as "workspaceId", wrapped, master_key_id as "masterKeyId"
    from data_keys where master_key_id <> ${masterKeyId}
    order by id limit ${limit} for update`.execute(tx);
  return rows;
}

/** Stores data keys as another master key wrapped them. */
export async function storeNewlyWrapped(
  tx: Transaction,
  masterKeyId: string,
  keys: readonly NewlyWrapped[],
): Promise<void> {
  const ids = keys.map((key) => key.id);
  const wrappings = keys.map((key) => key.wrapped);
  await sql`
    update data_keys
    set wrapped = fresh.wrapped, master_key_id = ${masterKeyId}, wrapped_at = app_now()
    from unnest(${ids}::uuid[], ${wrappings}::bytea[]) as fresh (id, wrapped)
    where data_keys.id = fresh.id`.execute(tx);
}

/** Strikes off every other master key. @throws If one still wraps a data key: see {@link isStillNeeded}. */
export async function deleteOtherMasterKeys(tx: Transaction, id: string): Promise<void> {
  await sql`delete from master_keys where id <> ${id}`.execute(tx);
}

/** Whether {@link deleteOtherMasterKeys} failed because a server just made a data key under a former key. */
export function isStillNeeded(error: unknown): boolean {
  return codeOf(error) === '23503';
}
