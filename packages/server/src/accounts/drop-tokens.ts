import { TikTokError } from '@greenroom/sdk';
import type { UserTokens } from '@greenroom/sdk/oauth';
import { recordActivity } from '../activity/record.ts';
import { inWorkspace } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { findConnectedAccount } from './account-queries.ts';
import type { ClaimedConnection } from './complete-connection.ts';
import { openOAuth } from './tiktok-oauth.ts';

// Nobody waits for more than a good-bye.
const REVOKE_WITHIN_MS = 5_000;

/**
 * Gives fresh tokens that will not be kept back to TikTok, so that no authorization dangles.
 *
 * TikTok takes back the whole authorization of the app by the creator, not one token (reference 1.7).
 * So where the account is connected, in whichever workspace, nothing is revoked: that connection
 * would die with it. The fresh tokens are then only forgotten, and die by themselves.
 *
 * It never throws: what led here is what the person has to hear.
 */
export async function dropTokens(
  services: Services,
  principal: Principal,
  { row, app }: ClaimedConnection,
  tokens: UserTokens,
): Promise<void> {
  const { database, log } = services;
  try {
    if (await findConnectedAccount(database.kysely, row.app_id, tokens.openId)) return;
    const answer = await revoke(services, app, tokens);
    await inWorkspace(database, principal.workspaceId, (tx) =>
      recordActivity(tx, {
        actor: toActor(principal),
        action: 'token.revoked',
        subjectId: row.id,
        reason: 'the tokens of a connection that was refused are not kept',
        details: { answer },
      }),
    );
  } catch (error) {
    log.warn({ err: error, connection_id: row.id }, 'Tokens that are not kept were not revoked');
  }
}

async function revoke(
  services: Services,
  app: ClaimedConnection['app'],
  tokens: UserTokens,
): Promise<string> {
  try {
    const signal = AbortSignal.timeout(REVOKE_WITHIN_MS);
    return (await openOAuth(services, app).revoke(tokens.accessToken, { signal })).answer;
  } catch (error) {
    return error instanceof TikTokError ? error.code : 'no_answer';
  }
}
