import { randomUUID } from 'node:crypto';
import type { UserTokens } from '@greenroom/sdk/oauth';
import { recordActivity } from '../activity/record.ts';
import { inWorkspace, type Transaction } from '../db/database.ts';
import { codeOf } from '../db/errors.ts';
import { recordEvent } from '../events/record-event.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { findAccount, findConnectedAccount, upsertConnectedAccount } from './account-queries.ts';
import { keepApp } from './app-queries.ts';
import { type ClaimableConnection, endConnection, lockConnection } from './connection-queries.ts';

/**
 * Stores a connected account: its row, its tokens, the end of the connection and the audit entry, all
 * or nothing. Done again with the same tokens it changes nothing, for whoever cannot know whether the first
 * time was committed.
 *
 * @returns The id of the account.
 * @throws {ProblemError} `account-other-identity`, `account-connected-elsewhere`, or `app-missing` if the app was
 *   deleted while TikTok was asked; nothing is changed.
 */
export async function storeAccount(
  services: Services,
  principal: Principal,
  connection: ClaimableConnection,
  tokens: UserTokens,
): Promise<string> {
  try {
    return await inWorkspace(services.database, principal.workspaceId, (tx) =>
      store(services, tx, principal, connection, tokens),
    );
  } catch (error) {
    // Another workspace was faster by a moment: the index decides.
    if (isConnectedTwice(error)) throw connectedElsewhere();
    throw error;
  }
}

async function store(
  services: Services,
  tx: Transaction,
  principal: Principal,
  connection: ClaimableConnection,
  tokens: UserTokens,
): Promise<string> {
  const { workspaceId } = principal;
  const { openId, scopes } = tokens;
  // The app, then the connection, then the account: whoever locks several of them does it in this order.
  await keepApp(tx, connection.app_id);
  const row = await lockConnection(tx, connection.id);
  if (row === undefined) {
    throw new ProblemError('app-missing', 'The TikTok app was deleted in the meantime.');
  }
  if (row.connected_account_id !== null) return row.connected_account_id;
  await requireSameIdentity(tx, connection, openId);
  const present = await findConnectedAccount(tx, connection.app_id, openId);
  if (present !== undefined && present.workspaceId !== workspaceId) throw connectedElsewhere();
  const { id: accountId, isNew } = await upsertConnectedAccount(tx, {
    id: randomUUID(),
    workspaceId,
    appId: connection.app_id,
    openId,
    scopes,
    scopesAsked: connection.scopes,
  });
  await services.broker.storeTokens(tx, { workspaceId, accountId }, tokens);
  await endConnection(tx, connection.id, { outcome: 'connected', code: null, accountId });
  await recordActivity(tx, {
    actor: toActor(principal),
    action: isNew ? 'account.connected' : 'account.reconnected',
    accountId,
    subjectId: connection.id,
    reason: 'the creator consented at TikTok',
    details: {
      scopes: [...scopes],
      withheld: connection.scopes.filter((scope) => !scopes.includes(scope)),
    },
  });
  const details = { is_reconnected: !isNew };
  await recordEvent(tx, { type: 'account.connected', accountId, details });
  return accountId;
}

/** Who connects an account again must come back as the same creator. */
async function requireSameIdentity(
  tx: Transaction,
  connection: ClaimableConnection,
  openId: string,
): Promise<void> {
  if (connection.account_id === null) return;
  const account = await findAccount(tx, connection.account_id);
  if (account?.open_id === openId) return;
  const name = account?.username ?? account?.display_name;
  const wanted = name == null ? 'the account to be connected again' : `@${name}`;
  throw new ProblemError(
    'account-other-identity',
    `Another TikTok account than ${wanted} consented. Nothing was changed.`,
  );
}

function connectedElsewhere(): ProblemError {
  return new ProblemError(
    'account-connected-elsewhere',
    'This TikTok account is connected in another workspace of this installation. Disconnect it there first.',
  );
}

function isConnectedTwice(error: unknown): boolean {
  return (
    codeOf(error) === '23505' &&
    error instanceof Error &&
    'constraint' in error &&
    error.constraint === 'accounts_connected_once'
  );
}
