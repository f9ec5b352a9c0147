import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { prepareAppRole, requireOwnership } from './app-role.ts';
import { closeToOthers } from './connect-privilege.ts';
import { migrateDbos } from './dbos-schema.ts';
import { DatabaseError, translateError } from './errors.ts';
import type { Migration } from './migrations/migration.ts';
import { migrations as ourMigrations } from './migrations/migrations.ts';
import { type AppliedStep, checksumOf, planSteps, requireServerVersion } from './schema-version.ts';
import { END_WITH_CLIENT } from './session.ts';

/** What `migrate` did. */
export interface MigrationReport {
  /** Numbers of the steps that were applied now. */
  readonly applied: readonly number[];
  /** Number of the newest step that the schema has. */
  readonly version: number;
}

/** How `migrate` works; the defaults are what the server wants. */
export interface MigrateOptions {
  /** The steps. Default: all of this version. */
  readonly migrations?: readonly Migration[];
  /** How long to wait while another process migrates. Default 2 minutes. */
  readonly waitMs?: number;
  /** How long a step may wait for a table that others use. Default 10 s. */
  readonly lockTimeoutMs?: number;
  /** Longest run of a step's statement. Default 10 minutes. */
  readonly statementTimeoutMs?: number;
}

/**
 * Brings the schema to this version of Greenroom, as the user that owns it.
 *
 * Several processes may call it at once: an advisory lock lets one work, and the others find it done. Each
 * step is a transaction: one that fails leaves nothing behind.
 *
 * @throws {DatabaseError} If the schema is newer or was changed, PostgreSQL is too old, a privilege is missing or a step fails.
 * @throws {DatabaseUnavailableError} If the database cannot be reached.
 */
export async function migrate(
  ownerUrl: string,
  options: MigrateOptions = {},
): Promise<MigrationReport> {
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: 'greenroom-migrate',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await migrateAlone(client, ownerUrl, options);
  } catch (error) {
    throw translateError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function migrateAlone(
  client: pg.Client,
  ownerUrl: string,
  options: MigrateOptions,
): Promise<MigrationReport> {
  const migrations = options.migrations ?? ourMigrations;
  await requireServerVersion(client);
  await client.query(`set search_path = public; set timezone = 'UTC'; ${END_WITH_CLIENT}`);
  await takeTurn(client, options.waitMs ?? 120_000);
  await requireOwnership(client);
  await prepareAppRole(client);
  await closeToOthers(client);
  await client.query(`
    set lock_timeout = ${options.lockTimeoutMs ?? 10_000};
    set statement_timeout = ${options.statementTimeoutMs ?? 600_000}`);
  await client.query(MIGRATIONS_TABLE);
  const { rows } = await client.query<AppliedStep>(
    'select number, checksum from schema_migrations order by number',
  );
  const missing = planSteps(rows, migrations);
  for (const migration of missing) await apply(client, migration);
  await migrateDbos(ownerUrl);
  return { applied: missing.map(({ number }) => number), version: migrations.length };
}

/**
 * Waits until no other process migrates this database. The lock ends with the connection.
 *
 * By asking again and again: a statement that waits for the lock would hold a snapshot, for which the indexes wait that
 * DBOS makes concurrently, while we wait for the lock that it is made under.
 */
async function takeTurn(client: pg.Client, waitMs: number): Promise<void> {
  const startedAt = performance.now();
  while (!(await tryLock(client))) {
    if (performance.now() - startedAt >= waitMs) throw tookTooLong(waitMs);
    await sleep(TURN_INTERVAL_MS);
  }
}

const TURN_INTERVAL_MS = 50;

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ is_ours: boolean }>(
    `select pg_try_advisory_lock(${MIGRATION_LOCK}) as is_ours`,
  );
  return rows[0]?.is_ours ?? false;
}

function tookTooLong(waitMs: number): DatabaseError {
  return new DatabaseError(
    'migration_failed',
    `Another process has been changing the schema for ${waitMs / 1000} s. Look for the connection ` +
      'named greenroom-migrate in pg_stat_activity.',
  );
}

/** Advisory lock of whoever changes the schema. Any number does that nobody else takes. */
export const MIGRATION_LOCK = 473_376_666;

const MIGRATIONS_TABLE = `
create table if not exists schema_migrations (
  number int primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now()
)`;

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(migration.sql);
    await client.query(
      'insert into schema_migrations (number, name, checksum) values ($1, $2, $3)',
      [migration.number, migration.name, checksumOf(migration)],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw stepFailed(migration, error);
  }
}

function stepFailed(migration: Migration, cause: unknown): unknown {
  const translated = translateError(cause);
  if (translated instanceof DatabaseError) return translated;
  const words = cause instanceof Error ? cause.message : String(cause);
  return new DatabaseError(
    'migration_failed',
    `Step ${migration.number} (${migration.name}) of the schema failed, and nothing of it was kept: ${words}.`,
    { cause },
  );
}
