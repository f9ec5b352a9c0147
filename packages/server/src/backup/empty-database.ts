import type pg from 'pg';
import { BackupError } from './backup-error.ts';
import { quoteName } from './catalogue.ts';

/** Tables in which migrations leave rows. */
export const MADE_BY_MIGRATIONS: ReadonlySet<string> = new Set([
  'public.schema_migrations',
  'public.installation',
  'dbos.dbos_migrations',
]);

/**
 * Makes sure that a database holds nothing of anybody's. Our schema may be there without rows, as a restore that
 * was cut short leaves it.
 *
 * @throws {BackupError} `not_empty`.
 */
export async function requireEmpty(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ readonly name: string }>(`
    select n.nspname || '.' || c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    order by 1`);
  for (const { name } of rows) {
    if (MADE_BY_MIGRATIONS.has(name)) continue;
    const found = await client.query(`select from ${quoteName(name)} limit 1`);
    if (found.rowCount !== 0) throw notEmpty(name);
  }
}

function notEmpty(name: string): BackupError {
  return new BackupError(
    'not_empty',
    `The database is not empty: ${name} has rows. A backup is restored into a new data folder (GREENROOM_DATA) or a new, empty database (DATABASE_URL). Nothing was changed.`,
  );
}
