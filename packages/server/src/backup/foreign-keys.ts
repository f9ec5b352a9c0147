import type pg from 'pg';
import { IS_OURS } from './catalogue.ts';

/** A reference from one table to another. */
interface ForeignKey {
  /** The table as it stands in a statement. */
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/**
 * Does work without the references between tables, and checks them all at its end: so tables can be loaded in any
 * order, also where two refer to each other. To be called within a transaction.
 */
export async function withoutForeignKeys<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  const { rows } = await client.query<ForeignKey>(`
    select format('%I.%I', n.nspname, c.relname) as table, quote_ident(f.conname) as name,
      pg_get_constraintdef(f.oid) as definition
    from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_namespace n on n.oid = c.relnamespace
    where f.contype = 'f' and f.conparentid = 0 and ${IS_OURS}
    order by 1, 2`);
  for (const { table, name } of rows) {
    await client.query(`alter table ${table} drop constraint ${name}`);
  }
  const result = await work();
  for (const { table, name, definition } of rows) {
    await client.query(`alter table ${table} add constraint ${name} ${definition}`);
  }
  return result;
}
