import type { Transaction } from '../db/database.ts';
import type { AccountState, StateReason } from './account-state.ts';

/** What whoever names accounts by their handles wants to know of them. */
export interface AccountFacts {
  readonly id: string;
  readonly username: string | null;
  readonly state: AccountState;
  readonly state_reason: StateReason | null;
  readonly scopes: readonly string[];
  /** Whether TikTok has audited the app that it is connected through; `null`: nobody has said. */
  readonly is_audited: boolean | null;
}

/** Reads all accounts of the workspace, the oldest first. */
export async function listAccountFacts(tx: Transaction): Promise<AccountFacts[]> {
  return tx
    .selectFrom('accounts')
    .innerJoin('tiktok_apps', 'tiktok_apps.id', 'accounts.app_id')
    .select(['accounts.id', 'username', 'state', 'state_reason', 'scopes', 'is_audited'])
    .orderBy('accounts.created_at')
    .execute();
}
