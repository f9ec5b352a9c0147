import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import pg from 'pg';
import type { Evidence } from './evidence.ts';

/** Connects as the owner of a database for the length of `work`. */
export async function asOwner<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Keeps every row of every table, as text, with bytes as hexadecimal digits. Returns how many rows. */
export async function keepDump(client: pg.Client, evidence: Evidence): Promise<number> {
  const { rows: tables } = await client.query<{ name: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and n.nspname not in ('pg_toast')
      and has_table_privilege(c.oid, 'select')`);
  let count = 0;
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
    if (!/^(pg_catalog|information_schema)\./u.test(name)) count += rows.length;
    evidence.add('dump', name, rows.map(({ row }) => row).join('\n'));
  }
  return count;
}

/** Keeps every file of a data folder. Returns how many bytes of PostgreSQL's write-ahead log there were. */
export async function keepFolder(folder: string, evidence: Evidence): Promise<number> {
  let logged = 0;
  for (const path of await listFiles(folder)) {
    const bytes = await readFile(path);
    const source = relative(folder, path);
    const isLog = source.includes('/pg_wal/');
    if (isLog) logged += bytes.length;
    evidence.add(isLog ? 'write-ahead log' : 'data folder', source, bytes);
  }
  return logged;
}

/** Keeps a backup, a file or a folder: as it is, and what any compression hides. */
export async function keepBackup(path: string, evidence: Evidence): Promise<number> {
  let size = 0;
  for (const file of await listFiles(path)) {
    const bytes = await readFile(file);
    size += bytes.length;
    evidence.add('backup', relative(path, file) || 'the file', bytes);
    for (const [how, content] of decompress(bytes)) {
      evidence.add('backup', `${relative(path, file) || 'the file'}, ${how}`, content);
    }
  }
  return size;
}

function decompress(bytes: Buffer): [string, Buffer][] {
  const ways = {
    gunzipped: gunzipSync,
    inflated: inflateSync,
    'from zstd': zstdDecompressSync,
    'from brotli': brotliDecompressSync,
  };
  return Object.entries(ways).flatMap(([how, way]): [string, Buffer][] => {
    try {
      return [[how, way(bytes)]];
    } catch {
      // It is compressed by other means, or not at all.
      return [];
    }
  });
}

async function listFiles(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}
