import type pg from 'pg';
import { type Database, openDatabase } from '../../packages/server/src/db/database.ts';
import {
  type CatalogueTable,
  listReferences,
  listTables,
  type Reference,
  sharedTables,
} from '../../packages/server/test/support/catalogue.ts';
import { connect } from '../../packages/server/test/support/connect.ts';
import { TableFiller } from '../../packages/server/test/support/fill-tables.ts';
import { createTestDatabase } from '../../packages/server/test/support/test-database.ts';

/** A database with rows of two workspaces and of the installation in every tenant's table. */
export interface Rehearsal extends AsyncDisposable {
  /** The pool that the server works through. */
  readonly database: Database;
  /** The user that owns the tables. */
  readonly owner: pg.Client;
  /** Every table and partition with rows of tenants, as the catalogue has them. */
  readonly tables: readonly CatalogueTable[];
  /** Every reference between those tables, with the rows that it must not lead to. */
  readonly references: readonly RehearsedReference[];
  readonly workspaces: readonly [string, string];
}

/** A reference, and the row of each workspace that it could lead to. */
export interface RehearsedReference extends Reference {
  /** Id of a row of the table that is referred to, by its workspace. */
  readonly targets: ReadonlyMap<string, string>;
}

/** What is taken away, to see that the proof notices. */
export const mutants = [
  'drop-policy',
  'open-policy',
  'disable-row-security',
  'trust-references',
] as const;

/**
 * Makes the database of one run.
 *
 * The role of the application is granted every row of every table, partitions included, so that nothing
 * but row-level security stands between a workspace and another's rows.
 */
export async function openRehearsal(
  ownerUrl: string,
  workspaces: readonly [string, string],
): Promise<Rehearsal> {
  await using opened = new AsyncDisposableStack();
  const own = opened.use(await createTestDatabase({ ownerUrl }));
  const { client: owner } = opened.use(await connect(own.url));
  const tables = (await listTables(owner)).filter(({ tenantColumn }) => tenantColumn !== undefined);
  await fill(owner, tables, workspaces);
  const names = tables.map(({ name }) => name).join(', ');
  await owner.query(`grant select, insert, update, delete on ${names} to greenroom_app`);
  const references = await rehearseReferences(owner);
  const database = opened.use(await openDatabase({ url: own.url, maxConnections: 2 }));
  const kept = opened.move();
  const close = () => kept.disposeAsync();
  return { database, owner, tables, references, workspaces, [Symbol.asyncDispose]: close };
}

/** Takes the protection of one table away. */
export async function mutate(owner: pg.Client, mutant: string, table: string): Promise<void> {
  if (mutant === 'disable-row-security') {
    await owner.query(`alter table ${table} disable row level security`);
    return;
  }
  if (mutant === 'trust-references') {
    await owner.query(
      `alter policy tenant on ${table} with check (workspace_id is not distinct from current_workspace())`,
    );
    return;
  }
  const { rows } = await owner.query<{ policy: string }>(
    'select quote_ident(polname) as policy from pg_policy where polrelid = $1::regclass',
    [table],
  );
  for (const { policy } of rows) await owner.query(`drop policy ${policy} on ${table}`);
  if (mutant === 'open-policy') await owner.query(`create policy open on ${table} using (true)`);
}

/** A row of each workspace, and of the installation where the table may have one, in every table that holds rows itself. */
async function fill(
  owner: pg.Client,
  tables: readonly CatalogueTable[],
  workspaces: readonly [string, string],
): Promise<void> {
  const filler = new TableFiller(owner);
  // Everything refers to the workspaces, so they come first.
  const ordered = tables.toSorted(
    (a, b) => Number(b.name === 'workspaces') - Number(a.name === 'workspaces'),
  );
  for (const table of ordered.filter(({ isPartitioned }) => !isPartitioned)) {
    for (const workspace of workspaces) await filler.fill(table, workspace);
    if (await takesInstallationRows(owner, table)) await filler.fill(table, null);
  }
}

async function rehearseReferences(owner: pg.Client): Promise<RehearsedReference[]> {
  const references: RehearsedReference[] = [];
  for (const reference of await listReferences(owner)) {
    const { rows } = await owner.query<{ workspace: string; id: string }>(
      `select workspace_id as workspace, id from ${reference.parent} where workspace_id is not null`,
    );
    const targets = new Map(rows.map(({ workspace, id }) => [workspace, id]));
    references.push({ ...reference, targets });
  }
  return references;
}

async function takesInstallationRows(owner: pg.Client, table: CatalogueTable): Promise<boolean> {
  const { rows } = await owner.query(
    'select 1 from pg_attribute where attrelid = $1::regclass and attname = $2 and not attnotnull',
    [table.name, table.tenantColumn],
  );
  return rows.length > 0;
}

/** Whether every workspace may read the installation's rows of this table, by design. */
export function isShared(table: CatalogueTable): boolean {
  return sharedTables.includes(table.name);
}
