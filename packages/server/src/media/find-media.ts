import { sql } from 'kysely';
import type { Transaction } from '../db/database.ts';

/** A file, by everything that people name it by. */
export interface NamedMedia {
  readonly id: string;
  readonly file_name: string;
  /** In hex; null while it is not complete. */
  readonly sha256: string | null;
}

/**
 * Finds the files of the workspace that any of these names may mean: an id, a SHA-256 in hex, or a file name.
 * Refused ones count only by their id. The newest come first.
 */
export async function findMediaByNames(
  tx: Transaction,
  names: readonly string[],
): Promise<NamedMedia[]> {
  if (names.length === 0) return [];
  const ids = names.filter((name) => UUID.test(name));
  const sums = names.filter((name) => SHA256.test(name)).map((name) => Buffer.from(name, 'hex'));
  const { rows } = await sql<NamedMedia>`
    select id, file_name, encode(sha256, 'hex') as sha256 from media
    where deleted_at is null and (id = any(${ids}::uuid[])
      or state <> 'refused'
        and (sha256 = any(${sums}::bytea[]) or file_name = any(${[...names]}::text[])))
    order by created_at desc, id desc`.execute(tx);
  return rows;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SHA256 = /^[0-9a-f]{64}$/i;
