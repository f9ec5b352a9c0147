import { sql } from 'kysely';
import type { Transaction } from '../../db/database.ts';
import type { LostAttempt } from './whose-post.ts';

// A pull fails within an hour, an upload_url ends after one: what was lost days ago says no more.
const LOST_FOR_DAYS = 3;

/** The attempts of an account that sent an init and have no answer to it, of the last days, and all that are unknown. */
export async function listLostAttempts(tx: Transaction, accountId: string): Promise<LostAttempt[]> {
  const rows = await tx
    .selectFrom('attempts as a')
    .innerJoin('posts as p', 'p.id', 'a.post_id')
    .select(['a.id', 'a.post_id', 'a.init_sent_at', 'a.state', 'p.post_mode'])
    .select(sql<boolean>`p.state = 'unknown' and p.attempt_id = a.id`.as('is_unknown'))
    .where('a.account_id', '=', accountId)
    .where('a.init_sent_at', 'is not', null)
    .where('a.init_answered_at', 'is', null)
    .where((where) =>
      where.or([
        where(
          'a.init_sent_at',
          '>',
          sql<Date>`app_now() - make_interval(days => ${LOST_FOR_DAYS})`,
        ),
        where('p.state', '=', 'unknown'),
      ]),
    )
    .execute();
  return rows.map((row) => ({
    attemptId: row.id,
    postId: row.post_id,
    // It is not null: the query says so.
    initSentAt: row.init_sent_at ?? new Date(0),
    postMode: row.post_mode,
    isOpen: row.state === 'open',
    isUnknown: row.is_unknown,
  }));
}
