import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { codeOf } from '../db/errors.ts';
import { correctRestored, recordRestore } from './after-restore.ts';
import { type BackupReader, damaged } from './backup-reader.ts';
import { listTables, quoteColumns, quoteName, type Table } from './catalogue.ts';
import { MADE_BY_MIGRATIONS, requireEmpty } from './empty-database.ts';
import { withoutForeignKeys } from './foreign-keys.ts';
import type { Header, TableSum } from './format.ts';
import { TRANSACTION_SETTINGS } from './owner-session.ts';
import type { BackupProgress } from './read-database.ts';
import { RowSum } from './table-sum.ts';

/** A backup whose header was read, and how its rows are loaded. */
export interface Load {
  readonly file: string;
  readonly reader: BackupReader;
  readonly header: Header;
  /** SHA-256 of the header as it was read. */
  readonly headerSum: string;
  readonly onProgress: (progress: BackupProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Loads all rows of a backup in one transaction, and commits it when they are those that were written.
 *
 * @param client - Owner of a database that has the backup's schema, and no rows.
 */
export async function loadBackup(client: pg.Client, load: Load): Promise<readonly TableSum[]> {
  const { file, header, headerSum, reader, signal } = load;
  await client.query('begin');
  await client.query(TRANSACTION_SETTINGS);
  await requireSameTables(client, load);
  const sums = await withoutForeignKeys(client, async () => {
    // The tables are locked now: a server that was started meanwhile has been seen.
    await requireEmpty(client);
    return loadTables(client, load);
  });
  const manifest = await reader.readManifest();
  const isWhole =
    manifest.header_sha256 === headerSum &&
    JSON.stringify(manifest.tables) === JSON.stringify(sums);
  if (!isWhole) throw damaged(file);
  await setSequences(client, header);
  await correctRestored(client, header);
  await recordRestore(client, header, headerSum);
  signal?.throwIfAborted();
  await client.query('commit');
  return sums;
}

/** The names come from a file: they are compared with the catalogue before they stand in a statement. */
async function requireSameTables(client: pg.Client, { file, header }: Load): Promise<void> {
  const ours = await listTables(client);
  const isSame = JSON.stringify(ours.map(toText)) === JSON.stringify(header.tables.map(toText));
  if (!isSame) throw damaged(file);
}

function toText({ name, columns }: Table): string {
  return `${name} (${quoteColumns(columns)})`;
}

async function loadTables(client: pg.Client, load: Load): Promise<readonly TableSum[]> {
  const { header, onProgress } = load;
  const sums: TableSum[] = [];
  let rows = 0;
  for (const [index, table] of header.tables.entries()) {
    const place = { table: table.name, number: index + 1, tables: header.tables.length };
    const sum = await loadTable(client, load, table, (loaded) =>
      onProgress({ ...place, rows: rows + loaded }),
    );
    rows += sum.rows;
    sums.push(sum);
  }
  return sums;
}

async function loadTable(
  client: pg.Client,
  { file, reader, signal }: Load,
  { name, columns }: Table,
  onRows: (rows: number) => void,
): Promise<TableSum> {
  const sum = new RowSum();
  const watch = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      sum.add(chunk);
      onRows(sum.rows);
      yield chunk;
    }
  };
  await reader.enterTable(name);
  // The row that migrations made gives way to the one that was saved.
  if (MADE_BY_MIGRATIONS.has(name)) await client.query(`delete from ${quoteName(name)}`);
  const copy = `copy ${quoteName(name)} (${quoteColumns(columns)}) from stdin`;
  try {
    const target = client.query(copyFrom(copy));
    await pipeline(reader.readRows(), watch, target, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    // What PostgreSQL cannot read is not what PostgreSQL wrote.
    throw /^22/.test(codeOf(error) ?? '') ? damaged(file, error) : error;
  }
  return sum.total(name);
}

async function setSequences(client: pg.Client, { sequences }: Header): Promise<void> {
  for (const { name, value, is_called } of sequences) {
    await client.query('select setval($1::regclass, $2::bigint, $3)', [
      quoteName(name),
      value,
      is_called,
    ]);
  }
}
