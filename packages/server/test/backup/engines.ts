import type pg from 'pg';
import type { Engine } from '../../src/db/engine/engine.ts';
import { startThrowAwayEngine } from '../../src/db/engine/throw-away-engine.ts';
import { migrate } from '../../src/db/migrate.ts';
import type { Migration } from '../../src/db/migrations/migration.ts';
import { listTables } from '../support/catalogue.ts';
import { connect } from '../support/connect.ts';
import { TableFiller } from '../support/fill-tables.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

/** Major versions that a backup is made on and restored to. */
type Major = 15 | 18;

/** One engine of each version. */
export interface Engines extends AsyncDisposable {
  /** An empty database. */
  database(major: Major): Promise<TestDatabase>;
}

/** Starts the engines; their databases go with them. */
export async function startEngines(): Promise<Engines> {
  const engines: Record<Major, Engine> = {
    15: await startThrowAwayEngine({ major: 15 }),
    18: await startThrowAwayEngine({ major: 18 }),
  };
  return {
    database: (major) => createTestDatabase({ ownerUrl: engines[major].url, isEmpty: true }),
    [Symbol.asyncDispose]: async () => {
      await engines[15].stop();
      await engines[18].stop();
    },
  };
}

/** Text in which every character counts that a line of a backup is made of. */
const ODD_TEXT = `tab \\t\t, line\n\r\n\\., \\N \\\\ " ' , {} \u0001 é 漢 😀 \\x00`;

/** Gives every table of the catalogue rows of two workspaces, and of the installation where it may have some. */
export async function fillDatabase(url: string, migrations?: readonly Migration[]): Promise<void> {
  await migrate(url, migrations === undefined ? {} : { migrations });
  await using connection = await connect(url);
  const { client } = connection;
  const tables = await listTables(client);
  const filler = new TableFiller(client);
  const workspaces = [
    '11111111-1111-4111-8111-111111111111',
    '22222222-2222-4222-8222-222222222222',
  ];
  for (const id of workspaces) {
    await client.query('insert into workspaces (id, name) values ($1, $2)', [id, ODD_TEXT]);
  }
  const toFill = tables.filter(({ name, isPartitioned }) => !isPartitioned && !IS_FILLED.has(name));
  for (const table of toFill) {
    for (const id of table.tenantColumn === undefined ? [null] : workspaces) {
      await filler.fill(table, id);
    }
  }
  await client.query(`update installation set is_test = false`);
}

/** Tables that migrations or the code above have filled. */
const IS_FILLED: ReadonlySet<string> = new Set(['installation', 'schema_migrations', 'workspaces']);

/** All rows of all tables, as text, by the name of the table. */
export async function readAll(url: string): Promise<Map<string, readonly string[]>> {
  await using connection = await connect(url);
  const { client } = connection;
  const all = new Map<string, readonly string[]>();
  for (const { name, bounds } of await listTables(client)) {
    // The parent gives what its partitions hold.
    if (bounds !== null) continue;
    const { rows } = await client.query<{ row: string }>(
      `select t::text as row from ${name} t order by 1`,
    );
    all.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return all;
}

/** Where the sequences stand. */
export async function readSequences(url: string): Promise<unknown[]> {
  await using connection = await connect(url);
  const { rows } = await connection.client.query<{ name: string }>(
    `select format('%I.%I', schemaname, sequencename) as name from pg_sequences order by 1`,
  );
  const all: unknown[] = [];
  for (const { name } of rows) {
    const found = await connection.client.query(
      `select $1 as name, last_value, is_called from ${name}`,
      [name],
    );
    all.push(...found.rows);
  }
  return all;
}

/** What the catalogue says of the references between tables. */
export async function readForeignKeys(url: string): Promise<unknown[]> {
  await using connection = await connect(url);
  const { rows } = await connection.client.query(
    `select conrelid::regclass::text as table, conname, convalidated, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' order by 1, 2`,
  );
  return rows;
}

/** Runs statements as the owner. */
export async function run(url: string, sql: string): Promise<pg.QueryResult> {
  await using connection = await connect(url);
  return await connection.client.query(sql);
}
