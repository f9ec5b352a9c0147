import type { UserTokens } from '@greenroom/sdk/oauth';
import { recordActivity } from '../../activity/record.ts';
import { inWorkspace } from '../../db/database.ts';
import { findConnectedAccount } from '../account-queries.ts';
import { Secret } from '../secret.ts';
import type { BrokerContext } from './broker-context.ts';
import type { BegunRefresh } from './refresh-store.ts';
import { askToRevoke } from './revoke.ts';
import type { TokenUse } from './token-use.ts';

/**
 * Gives back a pair that arrived when its account was disconnected already, so that no authorization
 * dangles.
 *
 * TikTok takes back the creator's whole authorization, not one token: where the creator is connected,
 * in whichever workspace, nothing is revoked. It never throws, for nobody waits for it.
 */
export async function revokeUnwanted(
  context: BrokerContext,
  use: TokenUse,
  { appId, openId, credentials }: BegunRefresh,
  tokens: UserTokens,
): Promise<void> {
  const { database, log } = context;
  const { accountId, workspaceId, actor } = use;
  try {
    if (await findConnectedAccount(database.kysely, appId, openId)) return;
    const token = Secret.of(tokens.accessToken);
    const details = { ...(await askToRevoke(context, { token, credentials })) };
    const reason = 'a pair that arrived after the account was disconnected';
    const action = 'token.revoked';
    await inWorkspace(database, workspaceId, (tx) =>
      recordActivity(tx, { actor, action, accountId, reason, details }),
    );
  } catch (error) {
    log.warn({ err: error, account_id: accountId }, 'A pair that nobody wants was not revoked.');
  }
}
