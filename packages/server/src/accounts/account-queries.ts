import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Position } from '../db/position.ts';
import { preparedQuery, type Transaction } from '../db/transaction.ts';
import { recordEvent } from '../events/record-event.ts';
import type { AccountState, StateReason } from './account-state.ts';

/** What is read of an account. */
export interface AccountRow {
  readonly id: string;
  readonly app_id: string;
  readonly open_id: string;
  readonly username: string | null;
  readonly display_name: string | null;
  readonly avatar_url: string | null;
  readonly scopes: string[];
  readonly scopes_asked: string[];
  readonly state: AccountState;
  readonly state_reason: StateReason | null;
  readonly connected_at: Date;
  readonly state_changed_at: Date;
  readonly displayed_at: Date | null;
  readonly created_at: Date;
}

const COLUMNS = [
  'id',
  'app_id',
  'open_id',
  'username',
  'display_name',
  'avatar_url',
  'scopes',
  'scopes_asked',
  'state',
  'state_reason',
  'connected_at',
  'state_changed_at',
  'displayed_at',
  'created_at',
] as const;

/** Reads an account of the workspace. */
export async function findAccount(
  tx: Transaction,
  accountId: string,
): Promise<AccountRow | undefined> {
  const { rows } = await tx.executeQuery(
    preparedQuery<AccountRow>('find_account', FIND_ACCOUNT, [accountId]),
  );
  return rows[0];
}

// Read with each request for an account, so it is parsed and planned once a connection.
const FIND_ACCOUNT = `select ${COLUMNS.join(', ')} from accounts where id = $1`;

/** Reads the handles of accounts, by their ids; those that TikTok has not told are left out. */
export async function findUsernames(
  tx: Transaction,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (accountIds.length === 0) return new Map();
  const { rows } = await tx.executeQuery(
    preparedQuery<{ id: string; username: string | null }>('find_usernames', FIND_USERNAMES, [
      accountIds,
    ]),
  );
  return new Map(rows.flatMap(({ id, username }) => (username === null ? [] : [[id, username]])));
}

// Read with each post that is shown.
const FIND_USERNAMES = 'select id, username from accounts where id = any($1)';

/** Reads what an account's state is judged by, and keeps others from changing it until the transaction ends. */
export async function lockAccount(
  tx: Transaction,
  accountId: string,
): Promise<Pick<AccountRow, 'state' | 'connected_at'> | undefined> {
  return tx
    .selectFrom('accounts')
    .select(['state', 'connected_at'])
    .where('id', '=', accountId)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** Reads a page of the workspace's accounts, newest first. */
export async function selectAccounts(
  tx: Transaction,
  page: {
    readonly limit: number;
    readonly after: Position | undefined;
    readonly state: AccountState | undefined;
  },
): Promise<AccountRow[]> {
  const { limit, after, state } = page;
  let query = tx.selectFrom('accounts').select(COLUMNS);
  if (state !== undefined) query = query.where('state', '=', state);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(created_at, id) < (${after.at}, ${after.id})`);
  }
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
}

/** Where a TikTok account is connected now, in whichever workspace. Ids only. */
export async function findConnectedAccount(
  db: Transaction | Database['kysely'],
  appId: string,
  openId: string,
): Promise<{ readonly accountId: string; readonly workspaceId: string } | undefined> {
  const { rows } = await sql<{ account_id: string; workspace_id: string }>`
    select account_id, workspace_id from find_connected_account(${appId}, ${openId})`.execute(db);
  const [row] = rows;
  return row && { accountId: row.account_id, workspaceId: row.workspace_id };
}

/** Stores that a TikTok account is connected: a new row, or the one that the workspace has of it. */
export async function upsertConnectedAccount(
  tx: Transaction,
  account: {
    readonly id: string;
    readonly workspaceId: string;
    readonly appId: string;
    readonly openId: string;
    readonly scopes: readonly string[];
    readonly scopesAsked: readonly string[];
  },
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const { id, workspaceId, appId, openId, scopes, scopesAsked } = account;
  const { rows } = await sql<{ id: string }>`
    insert into accounts (id, workspace_id, app_id, open_id, scopes, scopes_asked, state)
    values (${id}, ${workspaceId}, ${appId}, ${openId}, ${[...scopes]}, ${[...scopesAsked]}, 'connected')
    on conflict (workspace_id, app_id, open_id) do update set
      scopes = excluded.scopes, scopes_asked = excluded.scopes_asked,
      state = 'connected', state_reason = null, connected_at = app_now(),
      state_changed_at = case when accounts.state = 'connected'
        then accounts.state_changed_at else app_now() end
    returning id`.execute(tx);
  const stored = rows[0]?.id ?? id;
  return { id: stored, isNew: stored === id };
}

/**
 * Moves an account that is connected out of that state.
 *
 * @returns Whether it was connected: if not, somebody was faster, and the reason stays theirs.
 */
export async function moveAccountState(
  tx: Transaction,
  accountId: string,
  to: { readonly state: Exclude<AccountState, 'connected'>; readonly reason: StateReason },
): Promise<boolean> {
  const result = await tx
    .updateTable('accounts')
    .set({ state: to.state, state_reason: to.reason, state_changed_at: sql<Date>`app_now()` })
    .where('id', '=', accountId)
    .where('state', '=', 'connected')
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) return false;
  const details = { to: to.state, reason: to.reason };
  await recordEvent(tx, { type: 'account.state_changed', accountId, details });
  return true;
}

/** Gives an account whose refresh was refused the state and reason that TikTok told later. */
export async function explainRefusal(
  tx: Transaction,
  accountId: string,
  to: { readonly state: Exclude<AccountState, 'connected'>; readonly reason: StateReason },
): Promise<boolean> {
  const result = await tx
    .updateTable('accounts')
    .set({ state: to.state, state_reason: to.reason })
    .where('id', '=', accountId)
    .where('state', '=', 'reconnect_needed')
    .where('state_reason', 'in', ['refresh_refused', 'refresh_lost', 'refresh_expired'])
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
