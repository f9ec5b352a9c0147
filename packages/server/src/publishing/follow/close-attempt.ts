import { sql } from 'kysely';
import type { Transaction } from '../../db/database.ts';
import { recordEvent } from '../../events/record-event.ts';
import type { FollowedPost } from './follow-queries.ts';

/** How an attempt is ended from outside. */
interface AttemptClose {
  readonly outcome: string;
  readonly code: string;
  /** Only if it has sent no init. */
  readonly isUnsent?: boolean | undefined;
}

/**
 * Ends an attempt that still runs, because TikTok has ended its post: whatever its workflow writes then finds no row.
 *
 * @returns Whether it was open, and is ended.
 */
export async function closeAttempt(
  tx: Transaction,
  post: Pick<FollowedPost, 'id' | 'account_id' | 'attempt_id'>,
  { code, isUnsent = false, outcome }: AttemptClose,
): Promise<boolean> {
  const ended = await tx
    .updateTable('attempts')
    .set({
      state: 'ended',
      outcome,
      error_code: code,
      ended_at: sql<Date>`app_now()`,
      upload_sealed: null,
    })
    .where('id', '=', post.attempt_id)
    .where('state', '=', 'open')
    .$if(isUnsent, (query) => query.where('init_sent_at', 'is', null))
    .returning('id')
    .executeTakeFirst();
  if (ended === undefined) return false;
  await recordEvent(tx, {
    type: 'attempt.ended',
    postId: post.id,
    accountId: post.account_id,
    attemptId: post.attempt_id,
    details: { outcome, code },
  });
  return true;
}

/** Drops what an attempt kept for the case that its upload has to go on: an `upload_url` is a secret. */
export async function forgetUpload(tx: Transaction, attemptId: string): Promise<void> {
  await tx
    .updateTable('attempts')
    .set({ upload_sealed: null })
    .where('id', '=', attemptId)
    .execute();
}
