import { preparedQuery, type Transaction } from '../db/transaction.ts';

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
  const query = preparedQuery<MediaName>('find_media_names', FIND_MEDIA_NAMES, [mediaIds]);
  const { rows } = await tx.executeQuery(query);
  return new Map(rows.map((row) => [row.id, row]));
}

// Read with each post that is shown.
const FIND_MEDIA_NAMES = 'select id, file_name, size from media where id = any($1)';
