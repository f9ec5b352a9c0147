import { TikTokError } from '@greenroom/sdk';
import type { UserTokens } from '@greenroom/sdk/oauth';
import { recordActivity } from '../activity/record.ts';
import { inWorkspace, type Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { findConnectedAccount } from './account-queries.ts';
import type { ClaimedConnection } from './complete-connection.ts';
import { outlastDatabase } from './outlast-database.ts';
import { openOAuth } from './tiktok-oauth.ts';

// Nobody waits for more than a good-bye.
const REVOKE_WITHIN_MS = 5_000;
// Without the database it cannot be known whether somebody's connection would die with the tokens.
const DATABASE_BACK_WITHIN_MS = 15 * 60_000;

/**
 * Gives fresh tokens that will not be kept back to TikTok, so that no authorization dangles.
 *
 * TikTok takes back the whole authorization of the app by the creator, not one token (reference 1.7).
 * So where the account is connected, in whichever workspace, nothing is revoked: that connection
 * would die with it. The fresh tokens are then only forgotten, and die by themselves.
 *
 * Only the database knows, so while that is away the tokens wait for it in memory.
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
  const deadline = AbortSignal.timeout(DATABASE_BACK_WITHIN_MS);
  const scoped = <T>(work: (tx: Transaction) => Promise<T>) =>
    outlastDatabase(services, row.id, deadline, () =>
      inWorkspace(database, principal.workspaceId, work),
    );
  try {
    const living = await scoped((tx) => findConnectedAccount(tx, row.app_id, tokens.openId));
    if (living !== undefined) {
      log.info(
        { connection_id: row.id },
        'The account is connected: these tokens are only forgotten',
      );
      return;
    }
    const answer = await revoke(services, app, tokens);
    await scoped((tx) =>
      recordActivity(tx, {
        actor: toActor(principal),
        action: 'token.revoked',
        subjectId: row.id,
        reason: 'the tokens of a connection that failed are not kept',
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
