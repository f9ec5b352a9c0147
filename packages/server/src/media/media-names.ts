import type { Transaction } from '../db/database.ts';

/** What a file is shown by, in a post that is made with it. */
export interface MediaName {
  readonly id: string;
  readonly file_name: string;
  readonly size: number;
}

/** Reads what files are shown by, deleted ones too: posts that went out with them still show them. */
export async function findMediaNames(
  tx: Transaction,
  mediaIds: readonly string[],
): Promise<ReadonlyMap<string, MediaName>> {
  if (mediaIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('media')
    .select(['id', 'file_name', 'size'])
    .where('id', 'in', mediaIds)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}
