import type pg from 'pg';
import { translateError } from '../db/errors.ts';
import { MIGRATION_LOCK } from '../db/migrate.ts';
import type { Migration } from '../db/migrations/migration.ts';
import { migrations as ourMigrations } from '../db/migrations/migrations.ts';
import { type AppliedStep, planSteps } from '../db/schema-version.ts';
import { BackupError } from './backup-error.ts';
import { listTables, quoteName } from './catalogue.ts';
import { asOwner, TRANSACTION_SETTINGS } from './owner-session.ts';
import { writePrivateFile } from './private-file.ts';
import { type BackupProgress, type DatabaseContents, readDatabase } from './read-database.ts';

/** What is backed up, and to where. */
export interface BackupOptions {
  /** Connection string of the database's owner. */
  readonly url: string;
  /** File to be written. It must not exist. */
  readonly file: string;
  /** Is told how far it has come. */
  readonly onProgress?: (progress: BackupProgress) => void;
  /** Ends it; no file is left then. */
  readonly signal?: AbortSignal | undefined;
  /** Steps of the schema that are known. Default: all of this version. */
  readonly migrations?: readonly Migration[];
}

/** A backup that was written. */
export interface BackupReport {
  /** Path of the file. */
  readonly file: string;
  /** Size of the file. */
  readonly bytes: number;
  /** SHA-256 of the file, to compare a copy with. */
  readonly sha256: string;
  /** Tables in it. */
  readonly tables: number;
  /** Rows of all tables. */
  readonly rows: number;
  /** Number of the newest step of the schema. */
  readonly schemaVersion: number;
  /** Ids of the master keys without which its secrets cannot be opened. They are not in it. */
  readonly masterKeyIds: readonly string[];
}

/**
 * Writes all that Greenroom keeps in its database to one file of mode 0600, from one snapshot, while servers run.
 *
 * Tokens and other secrets are in it as they are in the database: sealed. The master key is not in it.
 *
 * @throws {BackupError} If the file exists or cannot be written, the disk is full, or the schema is not known.
 * @throws {DatabaseError} If the database cannot be reached.
 */
export async function backup(options: BackupOptions): Promise<BackupReport> {
  try {
    return await asOwner(options.url, (client) => backupSnapshot(client, options));
  } catch (error) {
    throw translateError(error);
  }
}

async function backupSnapshot(client: pg.Client, options: BackupOptions): Promise<BackupReport> {
  const { file, onProgress = () => undefined, signal } = options;
  await beginSnapshot(client);
  const steps = await readSteps(client, options.migrations ?? ourMigrations);
  let contents: DatabaseContents | undefined;
  const content = async function* (): AsyncGenerator<Buffer> {
    contents = yield* readDatabase(client, steps, onProgress);
  };
  const written = await writePrivateFile(file, content(), signal);
  return {
    file,
    ...written,
    tables: contents?.tables.length ?? 0,
    rows: contents?.tables.reduce((sum, { rows }) => sum + rows, 0) ?? 0,
    schemaVersion: steps.length,
    masterKeyIds: contents?.header.master_key_ids ?? [],
  };
}

/**
 * Begins a transaction that reads one snapshot, whose schema nobody changes meanwhile: reading and writing rows
 * goes on. The snapshot is taken by the first query, so the tables are locked before; and no table may come in
 * between their listing and the locks, so a migration is waited for.
 */
async function beginSnapshot(client: pg.Client): Promise<void> {
  await client.query(`select pg_advisory_lock_shared(${MIGRATION_LOCK})`);
  const names = (await listTables(client)).map(({ name }) => quoteName(name));
  await client.query('begin transaction isolation level repeatable read read only');
  await client.query(TRANSACTION_SETTINGS);
  if (names.length > 0) await client.query(`lock table ${names.join(', ')} in access share mode`);
  // The locks of the tables last; a server that starts must not wait for the whole backup.
  await client.query(`select pg_advisory_unlock_shared(${MIGRATION_LOCK})`);
}

async function readSteps(
  client: pg.Client,
  known: readonly Migration[],
): Promise<readonly AppliedStep[]> {
  const { rows: found } = await client.query(
    `select to_regclass('public.schema_migrations') as found`,
  );
  if (found[0]?.found === null) {
    throw new BackupError(
      'unknown_schema',
      'This database is not one of Greenroom: there is nothing to back up.',
    );
  }
  const { rows } = await client.query<AppliedStep>(
    'select number, checksum from public.schema_migrations order by number',
  );
  planSteps(rows, known);
  return rows;
}
