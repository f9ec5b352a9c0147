import type { Selectable } from 'kysely';
import { preparedQuery, type Transaction } from '../db/transaction.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { PostsTable } from './tables.ts';

/** A post as it is stored. */
type PostRow = Selectable<PostsTable>;

/** A piece of media in a post: exactly one of the two is there. */
export interface PostMedia {
  readonly media_id: string | null;
  readonly url: string | null;
}

/** A post with its media in order. */
export interface StoredPost extends PostRow {
  readonly media: readonly PostMedia[];
}

/**
 * Reads a post with its media in order.
 *
 * @throws {ProblemError} `not-found`.
 */
export async function getPost(tx: Transaction, postId: string): Promise<StoredPost> {
  const query = preparedQuery<StoredPost>('find_post', FIND_POST, [postId]);
  const [post] = (await tx.executeQuery(query)).rows;
  if (post === undefined) {
    throw new ProblemError('not-found', 'The workspace has no post with this id.');
  }
  return post;
}

/** Reads the post of an attempt, with its media in order; `undefined` if there is no such attempt. */
export async function findPostOfAttempt(
  tx: Transaction,
  attemptId: string,
): Promise<StoredPost | undefined> {
  const query = preparedQuery<StoredPost>('find_post_of_attempt', FIND_POST_OF_ATTEMPT, [
    attemptId,
  ]);
  return (await tx.executeQuery(query)).rows[0];
}

/** Reads a post and keeps others from changing it until the transaction ends. */
export async function lockPost(tx: Transaction, postId: string): Promise<StoredPost> {
  await tx.selectFrom('posts').select('id').where('id', '=', postId).forUpdate().execute();
  return getPost(tx, postId);
}

/** Columns of a post, as every reader of whole posts names them. */
export const POST_COLUMNS = [
  'id',
  'workspace_id',
  'account_id',
  'version',
  'state',
  'state_reason',
  'state_details',
  'state_changed_at',
  'media_type',
  'post_mode',
  'title',
  'description',
  'privacy_level',
  'disable_comment',
  'disable_duet',
  'disable_stitch',
  'commercial_disclosure',
  'brand_organic_toggle',
  'brand_content_toggle',
  'is_aigc',
  'auto_add_music',
  'video_cover_timestamp_ms',
  'photo_cover_index',
  'consent',
  'publish_at',
  'not_before',
  'wait_reason',
  'content_hash',
  'attempt_id',
  'attempts',
  'phase',
  'bytes_total',
  'bytes_confirmed',
  'publish_id',
  'visibility',
  'post_ids',
  'publications',
  'cancel_asked_at',
  'next_poll_at',
  'polls',
  'queued_at',
  'fenced_at',
  'ended_at',
  'created_by_kind',
  'created_by_id',
  'import_id',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof PostsTable)[];

/** The media of `posts.id`, in order, as JSON. */
export const MEDIA_OF_POST = `
  coalesce((select jsonb_agg(jsonb_build_object('media_id', m.media_id, 'url', m.url) order by m.position)
    from post_media m where m.post_id = posts.id), '[]'::jsonb)`;

const SELECT_POST = `select ${POST_COLUMNS.join(', ')}, ${MEDIA_OF_POST} as media from posts`;
const FIND_POST = `${SELECT_POST} where id = $1`;
const FIND_POST_OF_ATTEMPT = `${SELECT_POST} where id = (select a.post_id from attempts a where a.id = $1)`;
