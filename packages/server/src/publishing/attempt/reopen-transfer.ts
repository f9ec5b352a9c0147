import type { Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';
import type { Services } from '../../http/services.ts';
import { movePost } from '../../posts/move-post.ts';
import { takeTurn } from './start-attempt.ts';

/** An attempt that passed its fence although TikTok lacks bytes. */
export interface UnfinishedTransfer {
  readonly postId: string;
  readonly attemptId: string;
  /** What TikTok says that it has. */
  readonly bytesConfirmed: number;
}

/**
 * Lets the same attempt go on with its upload: the answer to its last chunk was lost, and TikTok still waits for it.
 *
 * In the caller's transaction, which holds the post's row.
 *
 * @returns Whether it goes on; not while the account publishes something else.
 */
export async function reopenTransfer(
  { publishing }: Pick<Services, 'publishing'>,
  tx: Transaction,
  { attemptId, bytesConfirmed, postId }: UnfinishedTransfer,
): Promise<boolean> {
  const query = preparedQuery<Account>('find_turn_of_post', ACCOUNT, [postId]);
  const [account] = (await tx.executeQuery(query)).rows;
  if (account === undefined || !(await takeTurn(tx, account.account_id))) return false;
  // Read again now that nobody else can begin.
  if ((await tx.executeQuery(query)).rows[0]?.is_busy !== false) return false;
  const isMoved = await movePost(tx, {
    postId,
    from: 'processing',
    to: 'publishing',
    reason: 'bytes_missing',
    attemptId,
    set: { phase: 'transfer', bytes_confirmed: bytesConfirmed, next_poll_at: null },
  });
  if (!isMoved) return false;
  const reopen = preparedQuery('reopen_attempt', REOPEN, [attemptId, postId, bytesConfirmed]);
  const { rows } = await tx.executeQuery(reopen);
  if (rows.length === 0) throw new Error(`The attempt ${attemptId} has no upload to go on with`);
  await publishing.enqueue(tx, { workspaceId: account.workspace_id, attemptId, isAgain: true });
  return true;
}

interface Account {
  readonly account_id: string;
  readonly workspace_id: string;
  readonly is_busy: boolean;
}

const ACCOUNT = `
select account_id, workspace_id, exists (select from posts b
  where b.account_id = p.account_id and b.state = 'publishing') as is_busy
from posts p where p.id = $1`;

const REOPEN = `
update attempts set state = 'open', outcome = null, ended_at = null, bytes_confirmed = $3
where id = $1 and post_id = $2 and state = 'ended' and upload_sealed is not null returning id`;
