import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Transaction } from '../db/transaction.ts';

/** What TikTok shows of an account, as far as its scopes allow. */
export interface DisplayFields {
  readonly unionId?: string | undefined;
  readonly username?: string | undefined;
  readonly displayName?: string | undefined;
  readonly avatarUrl?: string | undefined;
}

/** Reads the scopes of an account that is connected. */
export async function findScopesToDisplay(
  tx: Transaction,
  accountId: string,
): Promise<readonly string[] | undefined> {
  const row = await tx
    .selectFrom('accounts')
    .select('scopes')
    .where('id', '=', accountId)
    .where('state', '=', 'connected')
    .executeTakeFirst();
  return row?.scopes;
}

/** Stores what TikTok shows of an account, and plans the next reading for about a day later. */
export async function updateDisplay(
  tx: Transaction,
  accountId: string,
  { unionId, username, displayName, avatarUrl }: DisplayFields,
): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({
      ...(unionId === undefined ? {} : { union_id: unionId }),
      ...(username === undefined ? {} : { username }),
      ...(displayName === undefined ? {} : { display_name: displayName }),
      ...(avatarUrl === undefined ? {} : { avatar_url: avatarUrl }),
      displayed_at: sql<Date>`app_now()`,
      // The spread of claim_due_displays.
      display_due_at: sql<Date>`app_now() + interval '22 hours' + random() * interval '4 hours'`,
    })
    .where('id', '=', accountId)
    .execute();
}

/** Brings the next reading of an account forward after one that failed. */
export async function retryDisplaySoon(tx: Transaction, accountId: string): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({
      display_due_at: sql<Date>`least(display_due_at, app_now() + interval '1 hour')`,
    })
    .where('id', '=', accountId)
    .execute();
}

/** An account and its workspace. */
export interface AccountPlace {
  readonly accountId: string;
  readonly workspaceId: string;
}

/** Takes accounts whose name and picture are due; no other process takes them meanwhile. */
export async function claimDueDisplays(database: Database, most: number): Promise<AccountPlace[]> {
  const { rows } = await sql<{ account_id: string; workspace_id: string }>`
    select account_id, workspace_id from claim_due_displays(${most})`.execute(database.kysely);
  return rows.map((row) => ({ accountId: row.account_id, workspaceId: row.workspace_id }));
}
