import { recordActivity } from '../activity/record.ts';
import type { Transaction } from '../db/database.ts';
import { explainRefusal, lockAccount, moveAccountState } from './account-queries.ts';
import { STATE_REASONS, type StateReason } from './account-state.ts';
import { deleteTokens } from './broker/token-store.ts';

/** What TikTok told: that it ended the app's access to an account. */
export interface Removal {
  readonly accountId: string;
  /** TikTok's `create_time`. */
  readonly happenedAt: Date;
  /** TikTok's number of the reason, 0 to 5. */
  readonly reason: number;
}

/**
 * What became of it. `in_doubt`: it happened so near the connection, by two clocks, that only TikTok
 * knows whether it ended this connection or the one before.
 */
export type RemovalOutcome =
  | 'removed'
  | 'explained'
  | 'not_connected'
  | 'older_than_connection'
  | 'in_doubt';

/** TikTok's numbers, in order (reference 9.3). */
const REASONS: readonly StateReason[] = [
  'authorization_removed',
  'removed_by_creator',
  'account_deleted',
  'age_changed',
  'account_banned',
  'revoked_by_app',
];

// TikTok's clock is not ours, and its create_time counts in seconds.
const CLOCKS_DIFFER_BY_MS = 5 * 60_000;

/**
 * Takes note that TikTok ended the access to an account: its state says why, its tokens are deleted.
 *
 * Events come late, twice and out of order. What happened before the present connection was made is not
 * about it, and must not end it.
 */
export async function removeAuthorization(
  tx: Transaction,
  removal: Removal,
): Promise<RemovalOutcome> {
  const { accountId, happenedAt } = removal;
  // Locked before it is judged: the account may be coming back at this moment.
  const account = await lockAccount(tx, accountId);
  if (account === undefined) return 'not_connected';
  const laterByMs = happenedAt.getTime() - account.connected_at.getTime();
  if (laterByMs < -CLOCKS_DIFFER_BY_MS) return 'older_than_connection';
  if (account.state !== 'connected') {
    // A refused refresh was faster and did not know why: TikTok's reason says more.
    return (await remove(tx, removal, explainRefusal)) ? 'explained' : 'not_connected';
  }
  if (laterByMs <= CLOCKS_DIFFER_BY_MS) return 'in_doubt';
  return (await remove(tx, removal, moveAccountState)) ? 'removed' : 'not_connected';
}

async function remove(
  tx: Transaction,
  { accountId, reason: number }: Removal,
  move: typeof moveAccountState,
): Promise<boolean> {
  const reason = REASONS[number] ?? 'authorization_removed';
  // Who deleted the account at TikTok cannot connect it again.
  const state = reason === 'account_deleted' ? 'disconnected' : 'reconnect_needed';
  if (!(await move(tx, accountId, { state, reason }))) return false;
  await deleteTokens(tx, accountId);
  await recordActivity(tx, {
    actor: { kind: 'tiktok', id: 'authorization.removed' },
    action: 'account.authorization_removed',
    accountId,
    reason,
    details: { words: STATE_REASONS[reason].words },
  });
  return true;
}
