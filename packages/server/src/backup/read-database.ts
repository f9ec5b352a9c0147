import { createHash } from 'node:crypto';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { AppliedStep } from '../db/schema-version.ts';
import { readVersion } from '../version.ts';
import { listSequences, listTables, quoteColumns, quoteName, type Table } from './catalogue.ts';
import { END_OF_ROWS, FORMAT, FORMAT_VERSION, type Header, type TableSum } from './format.ts';
import { RowSum } from './table-sum.ts';

/** How far a backup or a restore has come. */
export interface BackupProgress {
  /** Table under way: `public.accounts`. */
  readonly table: string;
  /** Its place among the tables, from 1. */
  readonly number: number;
  /** How many tables there are. */
  readonly tables: number;
  /** Rows of all tables so far. */
  readonly rows: number;
}

/** What was read. */
export interface DatabaseContents {
  readonly header: Header;
  readonly tables: readonly TableSum[];
}

/**
 * The bytes of a backup, before compression, from one snapshot of the database.
 *
 * @param client - In a transaction that reads one snapshot.
 * @param steps - Steps of the schema that the database has.
 */
export async function* readDatabase(
  client: pg.Client,
  steps: readonly AppliedStep[],
  onProgress: (progress: BackupProgress) => void,
): AsyncGenerator<Buffer, DatabaseContents> {
  const header = await makeHeader(client, steps);
  const first = line(header);
  yield first;
  const sums: TableSum[] = [];
  let rows = 0;
  for (const [index, table] of header.tables.entries()) {
    const place = { table: table.name, number: index + 1, tables: header.tables.length };
    yield line({ table: table.name });
    const sum = new RowSum();
    for await (const chunk of readRows(client, table)) {
      sum.add(chunk);
      onProgress({ ...place, rows: rows + sum.rows });
      yield chunk;
    }
    rows += sum.rows;
    yield Buffer.from(`${END_OF_ROWS}\n`);
    sums.push(sum.total(table.name));
  }
  const header_sha256 = createHash('sha256').update(first).digest('hex');
  yield line({ manifest: { header_sha256, tables: sums } });
  return { header, tables: sums };
}

async function makeHeader(client: pg.Client, steps: readonly AppliedStep[]): Promise<Header> {
  const { rows } = await client.query<{ readonly postgres: string }>(
    `select current_setting('server_version') as postgres`,
  );
  return {
    format: FORMAT,
    version: FORMAT_VERSION,
    created_at: new Date().toISOString(),
    greenroom: readVersion(),
    postgres: rows[0]?.postgres ?? '',
    schema: steps.map(({ number, checksum }) => ({ number, checksum })),
    master_key_ids: await listMasterKeyIds(client),
    tables: (await listTables(client)).map(({ name, columns }) => ({
      name,
      columns: [...columns],
    })),
    sequences: await listSequences(client),
  };
}

async function listMasterKeyIds(client: pg.Client): Promise<string[]> {
  const { rows: found } = await client.query(`select to_regclass('public.master_keys') as found`);
  if (found[0]?.found === null) return [];
  const { rows } = await client.query<{ readonly id: string }>(
    'select id from public.master_keys order by number',
  );
  return rows.map(({ id }) => id);
}

/** A select, for `COPY` alone does not read a partitioned table. */
function readRows(client: pg.Client, { name, columns }: Table): AsyncIterable<Buffer> {
  const select = `select ${quoteColumns(columns)} from ${quoteName(name)}`;
  return client.query(copyTo(`copy (${select}) to stdout`));
}

function line(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
