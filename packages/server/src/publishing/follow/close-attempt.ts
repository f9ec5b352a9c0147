import { sql } from 'kysely';
import type { Transaction } from '../../db/database.ts';
import { recordEvent } from '../../events/record-event.ts';
import type { FollowedPost } from './follow-queries.ts';

/** Ends an attempt that still runs, because TikTok has ended its post: whatever its workflow writes then finds no row. */
export async function closeAttempt(
  tx: Transaction,
  post: FollowedPost,
  { code, outcome }: { readonly outcome: string; readonly code: string },
): Promise<void> {
  const ended = await tx
    .updateTable('attempts')
    .set({ state: 'ended', outcome, error_code: code, ended_at: sql<Date>`app_now()` })
    .where('id', '=', post.attempt_id)
    .where('state', '=', 'open')
    .returning('id')
    .executeTakeFirst();
  if (ended === undefined) return;
  await recordEvent(tx, {
    type: 'attempt.ended',
    postId: post.id,
    accountId: post.account_id,
    attemptId: post.attempt_id,
    details: { outcome, code },
  });
}
