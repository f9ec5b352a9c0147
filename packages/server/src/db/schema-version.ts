import { createHash } from 'node:crypto';
import type pg from 'pg';
import { codeOf, DatabaseError, translateError } from './errors.ts';
import type { Migration } from './migrations/migration.ts';
import { migrations as ourMigrations } from './migrations/migrations.ts';

/** A step that the schema has, as `schema_migrations` keeps it. */
export interface AppliedStep {
  readonly number: number;
  readonly checksum: string;
}

/** Proves that a step is the one that was applied: SHA-256 of its statements. */
export function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}

/**
 * The steps that are still to be applied.
 *
 * @throws {DatabaseError} If the schema has steps that these do not know, or has one in another form.
 */
export function planSteps(
  applied: readonly AppliedStep[],
  migrations: readonly Migration[],
): readonly Migration[] {
  const newest = Math.max(0, ...applied.map(({ number }) => number));
  if (newest > migrations.length) throw newer(newest, migrations.length);
  for (const [index, step] of applied.entries()) {
    const migration = migrations[index];
    if (migration?.number !== step.number || checksumOf(migration) !== step.checksum) {
      throw changed(step);
    }
  }
  return migrations.slice(applied.length);
}

/**
 * Refuses a database whose schema is not exactly this version's.
 *
 * @param pool - Connections in the role of the application.
 */
export async function requireCurrentSchema(pool: pg.Pool): Promise<void> {
  const applied = await readApplied(pool);
  const missing = planSteps(applied, ourMigrations);
  if (missing.length > 0) throw older(applied.length);
}

/** Refuses PostgreSQL that is older than we are tested on. */
export async function requireServerVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; number: number }>(
    "select current_setting('server_version') as version, current_setting('server_version_num')::int as number",
  );
  for (const { version, number } of rows) judgeServerVersion(version, number);
}

/** @throws {DatabaseError} If PostgreSQL of this version cannot be used. */
export function judgeServerVersion(version: string, number: number): void {
  if (number >= 150_000) return;
  throw new DatabaseError(
    'too_old',
    `The database is PostgreSQL ${version}; Greenroom needs 15 or later. Upgrade it, or start without ` +
      'DATABASE_URL to use the database that comes with Greenroom.',
  );
}

async function readApplied(pool: pg.Pool): Promise<AppliedStep[]> {
  try {
    const { rows } = await pool.query<AppliedStep>(
      'select number, checksum from schema_migrations order by number',
    );
    return rows;
  } catch (error) {
    // No such table, or no such role to take: nobody has migrated here yet.
    if (['42P01', '22023'].includes(codeOf(error) ?? '')) throw older(0);
    throw translateError(error);
  }
}

function newer(has: number, knows: number): DatabaseError {
  return new DatabaseError(
    'schema_newer',
    `The database has schema ${has}, and this version of Greenroom knows schema ${knows} at most. ` +
      'Start the newer version of Greenroom that made it, or restore a backup from before the upgrade.',
  );
}

function older(has: number): DatabaseError {
  return new DatabaseError(
    'schema_older',
    `The database has schema ${has}, and this version of Greenroom needs schema ${ourMigrations.length}. ` +
      '`greenroom serve` brings it up to date when it starts.',
  );
}

function changed(step: AppliedStep): DatabaseError {
  return new DatabaseError(
    'schema_changed',
    `Step ${step.number} of the database's schema is not the one that this version of Greenroom has: ` +
      'the database was made by another edition of Greenroom. Start that one, or use another database.',
  );
}
