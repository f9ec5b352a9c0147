import { sql } from 'kysely';
import type { Transaction } from '../db/database.ts';
import type { Position } from '../db/position.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { MediaFacts } from './media-facts.ts';
import type { MediaRefusal } from './refusals.ts';
import type { MediaState } from './tables.ts';

/** A video or photo, as people see it. */
export interface Media extends MediaFacts {
  readonly state_reason: MediaRefusal | null;
  readonly file_name: string;
  readonly received: number;
  readonly created_at: Date;
  readonly ready_at: Date | null;
}

/** Which media a list shows. */
export interface MediaFilter {
  readonly after: Position | undefined;
  readonly limit: number;
  readonly state: MediaState | undefined;
}

/** Media of the workspace, newest first. */
export async function listMedia(
  tx: Transaction,
  { after, limit, state }: MediaFilter,
): Promise<Media[]> {
  let query = selectMedia(tx).orderBy('created_at', 'desc').orderBy('id', 'desc');
  if (state !== undefined) query = query.where('state', '=', state);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(created_at, id) < (${after.at}, ${after.id}::uuid)`);
  }
  return query.limit(limit).execute();
}

/** One of them. @throws {ProblemError} `not-found`. */
export async function getMedia(tx: Transaction, id: string): Promise<Media> {
  const found = await selectMedia(tx).where('id', '=', id).executeTakeFirst();
  if (found === undefined) throw new ProblemError('not-found', 'There is no such media.');
  return found;
}

function selectMedia(tx: Transaction) {
  return tx
    .selectFrom('media')
    .select([
      'id',
      'state',
      'state_reason',
      'media_type',
      'file_name',
      'size',
      'received',
      sql<string | null>`encode(sha256, 'hex')`.as('sha256'),
      'content_type',
      'container',
      'codec',
      'duration_ms',
      'frame_rate',
      'width',
      'height',
      'created_at',
      'ready_at',
    ])
    .where('deleted_at', 'is', null);
}
