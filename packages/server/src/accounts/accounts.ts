import type { AnswerOf, Operations } from '@greenroom/contract';
import { inWorkspace, type Transaction } from '../db/database.ts';
import type { Position } from '../db/position.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { type AccountRow, findAccount, selectAccounts } from './account-queries.ts';
import type { AccountState } from './account-state.ts';
import { readTokenStates, type TokenState } from './broker/token-store.ts';
import { judgeHealth } from './health.ts';
import { toScopeGrants } from './scopes.ts';

/** An account as the API shows it. */
export type AccountBody = AnswerOf<Operations['getAccount']>['body'];

/** An account and what is known of its tokens. */
export interface AccountView {
  readonly row: AccountRow;
  readonly tokens: TokenState | undefined;
}

/** Reads a page of the workspace's accounts, newest first, with what their health is judged by. */
export async function listAccounts(
  tx: Transaction,
  page: {
    readonly limit: number;
    readonly after?: Position | undefined;
    readonly state?: AccountState | undefined;
  },
): Promise<AccountView[]> {
  const { limit, after, state } = page;
  const rows = await selectAccounts(tx, { limit, after, state });
  const tokens = await readTokenStates(
    tx,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({ row, tokens: tokens.get(row.id) }));
}

/**
 * Reads an account of the workspace, with what its health is judged by.
 *
 * @throws {ProblemError} `not-found`.
 */
export async function getAccount(tx: Transaction, accountId: string): Promise<AccountView> {
  const row = await findAccount(tx, accountId);
  if (row === undefined) {
    throw new ProblemError('not-found', 'The workspace has no account with this id.');
  }
  const tokens = await readTokenStates(tx, [accountId]);
  return { row, tokens: tokens.get(accountId) };
}

/** Reads an account as the API shows it, in a transaction of its own. */
export async function readAccountBody(
  services: Pick<Services, 'clock' | 'database'>,
  workspaceId: string,
  accountId: string,
): Promise<AccountBody> {
  const view = await inWorkspace(services.database, workspaceId, (tx) => getAccount(tx, accountId));
  return toAccountBody(view, services.clock.now());
}

/** Shows an account with its health, as of now. */
export function toAccountBody({ row, tokens }: AccountView, now: Date): AccountBody {
  const health = judgeHealth(
    {
      state: row.state,
      stateReason: row.state_reason,
      scopes: row.scopes,
      scopesAsked: row.scopes_asked,
      tokens,
    },
    now,
  );
  return {
    id: row.id,
    app_id: row.app_id,
    open_id: row.open_id,
    username: row.username,
    display_name: row.display_name,
    avatar_url: row.avatar_url,
    displayed_at: row.displayed_at?.toISOString() ?? null,
    state: row.state,
    health: {
      is_healthy: health.isHealthy,
      reasons: health.reasons.map(({ code, words, remedy, whoseMove }) => ({
        code,
        words,
        remedy,
        whose_move: whoseMove,
      })),
    },
    scopes: toScopeGrants(row.scopes).map(({ scope, isGranted, costs }) => ({
      scope,
      is_granted: isGranted,
      costs,
    })),
    connected_at: row.connected_at.toISOString(),
    state_changed_at: row.state_changed_at.toISOString(),
    access_expires_at: tokens?.accessExpiresAt.toISOString() ?? null,
    refresh_expires_at: tokens?.refreshExpiresAt?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}
