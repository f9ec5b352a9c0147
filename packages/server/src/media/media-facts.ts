import { preparedQuery, type Transaction } from '../db/transaction.ts';
import type { MediaState, MediaType } from './tables.ts';

/** What rules and senders need to know of a file. */
export interface MediaFacts {
  readonly id: string;
  readonly media_type: MediaType | null;
  readonly state: MediaState;
  readonly size: number;
  /** In hex, once it is whole. */
  readonly sha256: string | null;
  readonly content_type: string | null;
  readonly container: string | null;
  readonly codec: string | null;
  readonly duration_ms: number | null;
  readonly frame_rate: number | null;
  readonly width: number | null;
  readonly height: number | null;
}

/**
 * Facts of media, in the order of the ids. What is not there, was deleted or belongs to another workspace is left
 * out: a shorter list says so.
 */
export async function getMediaFacts(
  tx: Transaction,
  mediaIds: readonly string[],
): Promise<MediaFacts[]> {
  if (mediaIds.length === 0) return [];
  const query = preparedQuery<MediaFacts>('media_facts', FIND, [[...mediaIds]]);
  const { rows } = await tx.executeQuery(query);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return mediaIds.flatMap((id) => byId.get(id) ?? []);
}

// Read with each post, so it is parsed and planned once a connection.
const FIND = `
select id, media_type, state, size, encode(sha256, 'hex') as sha256, content_type, container, codec,
  duration_ms, frame_rate, width, height
from media where id = any($1::uuid[]) and deleted_at is null`;
