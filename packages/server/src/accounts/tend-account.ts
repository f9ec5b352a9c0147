import { inWorkspace, type Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { findAccount } from './account-queries.ts';
import { accountNotConnected, accountUnknown } from './broker/account-unavailable.ts';
import type { TokenUse } from './broker/token-use.ts';
import { refreshDisplay } from './refresh-display.ts';
import { toTikTokProblem } from './tiktok-problems.ts';

/**
 * Gets an account new tokens now, and reads its name and picture anew.
 *
 * @throws {ProblemError} `account-not-connected`, or what TikTok answered.
 */
export async function refreshAccount(services: Services, use: TokenUse): Promise<void> {
  const { workspaceId, accountId } = use;
  try {
    await inWorkspace(services.database, workspaceId, (tx) => requireConnected(tx, accountId));
    await services.broker.refresh(use);
  } catch (error) {
    throw toTikTokProblem(error);
  }
  await refreshDisplay(services, use);
}

/**
 * Disconnects an account: its tokens are deleted here and revoked at TikTok. Its row stays, so that the
 * same account can come back. Once more does nothing.
 *
 * @throws {ProblemError} `not-found`.
 */
export async function disconnectAccount(services: Services, use: TokenUse): Promise<void> {
  try {
    await services.broker.revoke(use);
  } catch (error) {
    throw toTikTokProblem(error);
  }
}

/** An account without tokens is still an account: why it has none is told. */
async function requireConnected(tx: Transaction, accountId: string): Promise<void> {
  const account = await findAccount(tx, accountId);
  if (account === undefined) throw accountUnknown(accountId);
  const { state, state_reason } = account;
  if (state === 'connected' || state_reason === null) return;
  throw accountNotConnected(accountId, state, state_reason);
}
