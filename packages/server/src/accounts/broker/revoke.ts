import { TikTokError, TikTokOAuthError } from '@greenroom/sdk';
import { sql } from 'kysely';
import { recordActivity } from '../../activity/record.ts';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import { DatabaseUnavailableError } from '../../db/errors.ts';
import type { Secret } from '../secret.ts';
import { accountUnknown } from './account-unavailable.ts';
import type { AppCredentials, BrokerContext } from './broker-context.ts';
import type { Refresher } from './refresher.ts';
import { toStorableCode } from './storable.ts';
import { toOAuth } from './to-oauth.ts';
import { deleteTokens, findPair, tokenPlace } from './token-store.ts';
import type { TokenUse } from './token-use.ts';

/**
 * What TikTok said to a revoke: the two documented ways to agree, a refusal with its code, or nothing.
 * `not_asked`: there was no token to revoke.
 */
export interface RevokeOutcome {
  readonly answer: 'empty_object' | 'empty_body' | 'refused' | 'no_answer' | 'not_asked';
  /** TikTok's code, or one of the SDK's, for `refused` and `no_answer`. */
  readonly code?: string;
}

/**
 * Disconnects an account: forgets its tokens, then asks TikTok to forget them too.
 *
 * In this order, because after the commit nothing can use them or bring them back: not a process that
 * waits for the answer to a refresh, and not a crash before TikTok answers. What TikTok says changes
 * nothing here; the creator can always remove the app in TikTok.
 *
 * @throws {AccountUnavailableError} If the workspace has no such account.
 */
export async function revoke(
  context: BrokerContext,
  refresher: Refresher,
  use: TokenUse,
): Promise<RevokeOutcome> {
  const { database } = context;
  await renewIfEnded(context, refresher, use);
  const held = await inWorkspace(database, use.workspaceId, (tx) => forget(tx, context, use));
  if (held === undefined) return { answer: 'not_asked' };
  const outcome = await askToRevoke(context, held);
  const details = { ...outcome };
  await inWorkspace(database, use.workspaceId, (tx) =>
    recordActivity(tx, {
      actor: use.actor,
      action: 'token.revoked',
      accountId: use.accountId,
      reason: use.reason,
      details,
    }),
  );
  return outcome;
}

// Somebody waits for the disconnect, and maybe wishes it urgently.
const RENEW_WITHIN_MS = 3_000;

/**
 * TikTok revokes by an access token that lives; without one it is asked all the same. Nothing but the
 * database, without which nothing can be deleted, keeps an account connected.
 */
async function renewIfEnded(
  context: BrokerContext,
  refresher: Refresher,
  use: TokenUse,
): Promise<void> {
  const pair = await inWorkspace(context.database, use.workspaceId, (tx) =>
    findPair(tx, use.accountId),
  );
  if (pair?.state !== 'connected' || !pair.isEnded) return;
  try {
    const signal = AbortSignal.timeout(RENEW_WITHIN_MS);
    await refresher.renew(use, pair.generation, { isForced: true, signal });
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) throw error;
    const facts = { err: error, account_id: use.accountId };
    context.log.warn(facts, 'An ended token was not renewed before its disconnect.');
  }
}

interface HeldToken {
  readonly token: Secret;
  readonly credentials: AppCredentials;
}

/** Takes the access token out of the database for good. */
async function forget(
  tx: Transaction,
  context: BrokerContext,
  use: TokenUse,
): Promise<HeldToken | undefined> {
  const { accountId, actor, reason } = use;
  // Accounts before tokens: see updateAccount.
  const account = await tx
    .selectFrom('accounts')
    .select(['app_id', 'state'])
    .where('id', '=', accountId)
    .forUpdate()
    .executeTakeFirst();
  if (account === undefined) throw accountUnknown(accountId);
  const held = await findToken(tx, context, use, account.app_id);
  await deleteTokens(tx, accountId);
  if (account.state === 'disconnected') return held;
  await sql`
    update accounts set state = 'disconnected', state_reason = 'disconnected_by_person',
      state_changed_at = app_now()
    where id = ${accountId}`.execute(tx);
  await recordActivity(tx, { actor, action: 'account.disconnected', accountId, reason });
  return held;
}

/** Opens the access token for the one request that is left; the audit log has it like any other use. */
async function findToken(
  tx: Transaction,
  context: BrokerContext,
  use: TokenUse,
  appId: string,
): Promise<HeldToken | undefined> {
  const { accountId, actor } = use;
  const row = await tx
    .selectFrom('account_tokens')
    .select(['access_token_sealed', 'generation'])
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const place = tokenPlace(use, 'access_token_sealed');
  try {
    const token = await context.vault.open(tx, place, row.access_token_sealed);
    const credentials = await context.getAppCredentials(tx, appId);
    const details = { generation: row.generation };
    const action = 'token.handed_out';
    await recordActivity(tx, { actor, action, accountId, reason: 'to be revoked', details });
    return { token, credentials };
  } catch (error) {
    // A token that cannot be opened must not keep an account connected. What broke the transaction
    // breaks it again at the next statement.
    context.log.error(
      { err: error, account_id: accountId },
      'A token cannot be revoked at TikTok.',
    );
    return undefined;
  }
}

/** Asks TikTok to take an authorization back. */
export async function askToRevoke(
  context: BrokerContext,
  { token, credentials }: HeldToken,
): Promise<RevokeOutcome> {
  try {
    return await toOAuth(context, credentials).revoke(token.reveal());
  } catch (error) {
    if (!(error instanceof TikTokError)) throw error;
    const answer = error instanceof TikTokOAuthError ? 'refused' : 'no_answer';
    return { answer, code: toStorableCode(error.code) };
  }
}
