import type { ColumnType, Generated } from 'kysely';
import type { AccountState, StateReason } from './account-state.ts';

/** A moment that the database sets when it is left out. */
type GeneratedInstant = ColumnType<Date, Date | undefined, Date>;

/** Row of `tiktok_apps`: an app at TikTok, of a workspace or of the installation. */
export interface TikTokAppsTable {
  id: Generated<string>;
  /** Null: the installation's app. */
  workspace_id: string | null;
  name: string;
  client_key: string;
  /** Null: given up with a lost master key, until it is set again. */
  client_secret_sealed: Buffer | null;
  /** Null: not known. */
  is_audited: ColumnType<boolean | null, boolean | null | undefined, boolean | null>;
  /** Users that TikTok granted to an audited app in a day; null: not known. */
  daily_users: ColumnType<number | null, number | null | undefined, number | null>;
  created_at: GeneratedInstant;
  updated_at: GeneratedInstant;
}

/** Row of `accounts`: a creator's account, connected through an app. */
export interface AccountsTable {
  id: Generated<string>;
  workspace_id: string;
  app_id: string;
  open_id: string;
  union_id: string | null;
  username: string | null;
  display_name: string | null;
  avatar_url: string | null;
  /** Granted scopes. */
  scopes: string[];
  /** Scopes that the last connection asked for. */
  scopes_asked: string[];
  state: AccountState;
  /** Null exactly when it is connected. */
  state_reason: StateReason | null;
  connected_at: GeneratedInstant;
  state_changed_at: GeneratedInstant;
  /** When name and picture were read from TikTok. */
  displayed_at: Date | null;
  /** When they are read again. */
  display_due_at: GeneratedInstant;
  created_at: GeneratedInstant;
}

/** How a person is sent to TikTok and comes back. */
export type ConnectionFlow = 'web' | 'desktop';
/** How a connection ended. */
export type ConnectionOutcome = 'connected' | 'refused' | 'failed';

/** Row of `connections`: an attempt to connect an account. */
export interface ConnectionsTable {
  id: Generated<string>;
  workspace_id: string;
  app_id: string;
  /** The account to connect again. */
  account_id: string | null;
  flow: ConnectionFlow;
  redirect_uri: string;
  /** Scopes asked for. */
  scopes: string[];
  state_hash: Buffer;
  session_hash: Buffer;
  code_verifier_sealed: Buffer | null;
  created_at: GeneratedInstant;
  expires_at: Date;
  used_at: Date | null;
  outcome: ConnectionOutcome | null;
  outcome_code: string | null;
  connected_account_id: string | null;
}
