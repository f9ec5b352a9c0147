import pg from 'pg';

/** A table whose rows are backed up. */
export interface Table {
  /** With its schema: `public.accounts`. */
  readonly name: string;
  /** Columns that are stored, in their order. */
  readonly columns: readonly string[];
}

/** Where a sequence stands. */
export interface Sequence {
  /** With its schema: `public.token_generations`. */
  readonly name: string;
  readonly value: string;
  readonly is_called: boolean;
}

/** Tables whose rows are left out, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'public.schema_migrations': 'a restore writes it by migrating',
  'identity.sessions': 'a restore must not sign anybody in again who has signed out since',
  'identity.verifications': 'nothing of ours uses it',
  'identity.sign_in_attempts': 'counts of a few minutes',
};

/** Our tables, from the database's own catalogue: all of our owner's, partitions by their whole. */
export async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    select n.nspname || '.' || c.relname as name,
      (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and ${IS_OURS}
    order by 1`);
  return rows.filter(({ name }) => !(name in LEFT_OUT));
}

/** Our sequences, those of identity columns too. */
export async function listSequences(client: pg.Client): Promise<Sequence[]> {
  const { rows } = await client.query<{ readonly name: string }>(`
    select n.nspname || '.' || c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and ${IS_OURS} order by 1`);
  const sequences: Sequence[] = [];
  for (const { name } of rows) {
    const found = await client.query<Omit<Sequence, 'name'>>(
      `select last_value::text as value, is_called from ${quoteName(name)}`,
    );
    sequences.push(...found.rows.map((row) => ({ name, ...row })));
  }
  return sequences;
}

/**
 * Condition on `pg_class c` and `pg_namespace n`. In a database that is shared, what others own is none of ours. Nor is
 * what DBOS keeps of work under way: a restore goes on by the rows of the attempts.
 */
export const IS_OURS = `n.nspname <> 'dbos' and c.relowner = (select relowner from pg_class where oid = to_regclass('public.schema_migrations'))
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relpersistence = 'p'
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`;

/** Makes `public.accounts` safe to stand in a statement. */
export function quoteName(name: string): string {
  return name.split('.').map(pg.escapeIdentifier).join('.');
}

/** Makes a list of columns safe to stand in a statement. */
export function quoteColumns(columns: readonly string[]): string {
  return columns.map(pg.escapeIdentifier).join(', ');
}
