import { createHash } from 'node:crypto';
import pg from 'pg';
import { DatabaseError, translateError } from './errors.ts';
import type { Migration } from './migrations/migration.ts';
import { migrations as ourMigrations } from './migrations/migrations.ts';

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
}

/**
 * Brings the schema to this version of Greenroom, as the user that owns it.
 *
 * Several processes may call it at once: an advisory lock lets one work, the others find it done. Each
 * step is a transaction: one that fails leaves nothing behind.
 */
export async function migrate(
  ownerUrl: string,
  options: MigrateOptions = {},
): Promise<MigrationReport> {
  const migrations = options.migrations ?? ourMigrations;
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: 'greenroom-migrate',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    await client.query(MIGRATIONS_TABLE);
    const { rows } = await client.query<AppliedStep>(
      'select number, checksum from schema_migrations order by number',
    );
    checkApplied(rows, migrations);
    const missing = migrations.slice(rows.length);
    for (const migration of missing) await apply(client, migration);
    return { applied: missing.map(({ number }) => number), version: migrations.length };
  } catch (error) {
    throw translateError(error);
  } finally {
    await client.end();
  }
}

/** Refuses a schema that is newer or older than this version. */
export async function requireCurrentSchema(pool: pg.Pool): Promise<void> {
  try {
    const { rows } = await pool.query<AppliedStep>(
      'select number, checksum from schema_migrations order by number',
    );
    checkApplied(rows, ourMigrations);
    if (rows.length < ourMigrations.length) throw tooOld(rows.length, ourMigrations.length);
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '42P01') {
      throw tooOld(0, ourMigrations.length);
    }
    throw translateError(error);
  }
}

interface AppliedStep {
  readonly number: number;
  readonly checksum: string;
}

// Any number does, as long as nobody else takes it: "greenroom" in letters of the telephone.
const MIGRATION_LOCK = 473_376_666;

const MIGRATIONS_TABLE = `
create table if not exists schema_migrations (
  number int primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now()
)`;

function checkApplied(applied: readonly AppliedStep[], migrations: readonly Migration[]): void {
  if (applied.length > migrations.length) {
    throw new DatabaseError(
      'schema_newer',
      `The database has schema ${applied.length}, and this version of Greenroom knows ${migrations.length}. ` +
        'Start a newer version of Greenroom, or restore a backup that was made before the upgrade.',
    );
  }
  for (const [index, step] of applied.entries()) {
    const migration = migrations[index];
    if (migration === undefined || step.checksum !== checksumOf(migration)) {
      throw new DatabaseError(
        'schema_changed',
        `Step ${step.number} of the schema was applied in another form than this version of Greenroom has.`,
      );
    }
  }
}

function tooOld(has: number, needs: number): DatabaseError {
  return new DatabaseError(
    'schema_older',
    `The database has schema ${has}, and this version of Greenroom needs ${needs}. ` +
      '`greenroom serve` brings it up to date when it starts.',
  );
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql);
    await client.query({
      text: 'insert into schema_migrations (number, name, checksum) values ($1, $2, $3)',
      values: [migration.number, migration.name, checksumOf(migration)],
    });
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw new DatabaseError(
      'migration_failed',
      `Step ${migration.number} (${migration.name}) of the schema failed; nothing of it was kept. ${String(error)}`,
      { cause: error },
    );
  }
}

function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}
