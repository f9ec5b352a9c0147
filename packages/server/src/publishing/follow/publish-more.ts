import { sql } from 'kysely';
import type { Transaction } from '../../db/database.ts';
import { recordEvent } from '../../events/record-event.ts';
import type { Services } from '../../http/services.ts';
import type { Visibility } from '../../posts/tables.ts';
import { type FollowedPost, inMilliseconds } from './follow-queries.ts';
import { pauseOf } from './pace.ts';
import { listPublicIds, type Publications } from './publications.ts';

/** What is known of who can see a post. */
export interface Seen {
  readonly publications: Publications;
  readonly visibility: Visibility;
}

/** Stores what became known of a published post's public ids. */
export async function publishMore(
  { clock }: Pick<Services, 'clock'>,
  tx: Transaction,
  post: FollowedPost,
  seen: Seen,
): Promise<void> {
  const pauseMs = pauseOf({ ...post, visibility: seen.visibility }, clock.now());
  await tx
    .updateTable('posts')
    .set({
      publications: seen.publications,
      visibility: seen.visibility,
      post_ids: listPublicIds(seen.publications),
      updated_at: sql<Date>`app_now()`,
      next_poll_at: inMilliseconds(pauseMs),
    })
    .where('id', '=', post.id)
    .execute();
  await recordVisibility(tx, post, seen);
}

/** Tells who can see a post, if that is news. */
export async function recordVisibility(
  tx: Transaction,
  post: FollowedPost,
  { publications, visibility }: Seen,
): Promise<void> {
  const postIds = listPublicIds(publications);
  const isSame = visibility === post.visibility && postIds.join() === post.post_ids.join();
  if (isSame) return;
  await recordEvent(tx, {
    type: 'post.visibility_changed',
    postId: post.id,
    accountId: post.account_id,
    attemptId: post.attempt_id,
    details: { visibility, post_ids: postIds },
  });
}
