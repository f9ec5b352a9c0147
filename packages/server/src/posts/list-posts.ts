import type { PostState } from '@greenroom/contract';
import { sql } from 'kysely';
import type { Transaction } from '../db/database.ts';
import type { Position } from '../db/position.ts';
import { MEDIA_OF_POST, POST_COLUMNS, type PostMedia, type StoredPost } from './get-post.ts';

/** Which posts a list shows. */
export interface PostFilter {
  readonly state?: PostState | undefined;
  readonly accountId?: string | undefined;
  /** Scheduled for this moment or later. */
  readonly publishFrom?: Date | undefined;
  /** Scheduled for a moment before this one. */
  readonly publishTo?: Date | undefined;
}

/** Reads a page of the workspace's posts, newest first. */
export async function listPosts(
  tx: Transaction,
  page: { readonly limit: number; readonly after?: Position | undefined } & PostFilter,
): Promise<StoredPost[]> {
  const { limit, after, state, accountId, publishFrom, publishTo } = page;
  let query = tx
    .selectFrom('posts')
    .select(POST_COLUMNS)
    .select(sql<readonly PostMedia[]>`${sql.raw(MEDIA_OF_POST)}`.as('media'));
  if (state !== undefined) query = query.where('state', '=', state);
  if (accountId !== undefined) query = query.where('account_id', '=', accountId);
  if (publishFrom !== undefined) query = query.where('publish_at', '>=', publishFrom);
  if (publishTo !== undefined) query = query.where('publish_at', '<', publishTo);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(created_at, id) < (${after.at}, ${after.id})`);
  }
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
}
