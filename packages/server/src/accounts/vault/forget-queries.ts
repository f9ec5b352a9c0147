import { type RawBuilder, sql } from 'kysely';
import { PRESENCE_CLASS } from '../../db/presence.ts';
import type { Transaction } from '../../db/transaction.ts';
import type { StateReason } from '../account-state.ts';

/** How much of what was sealed was deleted. */
export interface ForgottenValues {
  /** Accounts whose tokens were deleted. */
  readonly accounts: number;
  /** TikTok apps whose client secret was deleted. */
  readonly apps: number;
  /** Connections that had been begun. */
  readonly connections: number;
  /** Kept answers of writes that carried an `Idempotency-Key`. */
  readonly answers: number;
  /** Uploads to TikTok that were on their way. */
  readonly uploads: number;
  /** Webhook endpoints whose signing secret was deleted; they are disabled. */
  readonly endpoints: number;
}

/** Whether a process of Greenroom's lives on this database. */
export async function isAnyServerAlive(tx: Transaction): Promise<boolean> {
  const { rows } = await sql`
    select from pg_locks
    where locktype = 'advisory' and classid = ${PRESENCE_CLASS} and objsubid = 2 and granted
      and database = (select oid from pg_database where datname = current_database())
    limit 1`.execute(tx);
  return rows.length > 0;
}

/** Counts the accounts of all workspaces that are connected. */
export async function countConnectedAccounts(tx: Transaction): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from accounts where state = 'connected'`.execute(tx);
  return rows[0]?.count ?? 0;
}

/** Deletes master keys and the data keys that they wrap. Returns how many data keys. */
export async function deleteLostKeys(
  tx: Transaction,
  masterKeyIds: readonly string[],
): Promise<number> {
  const dataKeys = await count(
    tx,
    sql`
    delete from data_keys where master_key_id = any(${masterKeyIds}::text[])`,
  );
  await sql`delete from master_keys where id = any(${masterKeyIds}::text[])`.execute(tx);
  return dataKeys;
}

/**
 * Deletes every sealed value whose data key is gone. A column that is sealed and not named here would make
 * Greenroom fail later: a test compares with the catalogue.
 */
export async function forgetUnopenable(tx: Transaction): Promise<ForgottenValues> {
  return {
    accounts: await forgetTokens(tx),
    apps: await count(
      tx,
      sql`
      update tiktok_apps set client_secret_sealed = null, updated_at = app_now()
      where ${isUnopenable('client_secret_sealed')}`,
    ),
    connections: await count(
      tx,
      sql`
      delete from connections where ${isUnopenable('code_verifier_sealed')}`,
    ),
    answers: await count(
      tx,
      sql`
      delete from idempotency_keys where ${isUnopenable('answer_sealed')}`,
    ),
    uploads: await count(
      tx,
      sql`
      update attempts set upload_sealed = null where ${isUnopenable('upload_sealed')}`,
    ),
    endpoints: await forgetSecrets(tx),
  };
}

const REASON: StateReason = 'master_key_lost';

async function forgetTokens(tx: Transaction): Promise<number> {
  const accounts = await count(
    tx,
    sql`
    delete from account_tokens
    where ${isUnopenable('access_token_sealed')} or ${isUnopenable('refresh_token_sealed')}`,
  );
  // Each workspace reads in its own log why its accounts stopped.
  await sql`
    with changed as (
      update accounts a set state = 'reconnect_needed', state_reason = ${REASON}, state_changed_at = app_now()
      where state = 'connected'
        and not exists (select from account_tokens t where t.account_id = a.id)
      returning a.id, a.workspace_id)
    insert into activity (workspace_id, actor_kind, actor_id, action, account_id, reason, details)
    select workspace_id, 'system', 'keys forget', 'account.reconnect_needed', id, ${REASON}, '{}'
    from changed`.execute(tx);
  return accounts;
}

/** A secret before that is lost goes as well as the present one: what it signed has long arrived. */
async function forgetSecrets(tx: Transaction): Promise<number> {
  await sql`
    update webhook_endpoints set previous_secret_sealed = null, previous_expires_at = null
    where ${isUnopenable('previous_secret_sealed')}`.execute(tx);
  return count(
    tx,
    sql`
    update webhook_endpoints
    set secret_sealed = null, is_enabled = false, disabled_reason = ${REASON}, updated_at = app_now()
    where ${isUnopenable('secret_sealed')}`,
  );
}

/** Whether the data key that a sealed value names is gone; see `sealed-form.ts` for where it names it. */
function isUnopenable(column: string): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(column)} is not null
    and encode(substring(${sql.ref(column)} from 2 for 16), 'hex')
      not in (select replace(id::text, '-', '') from data_keys))`;
}

async function count(tx: Transaction, statement: RawBuilder<unknown>): Promise<number> {
  const { numAffectedRows = 0n } = await statement.execute(tx);
  return Number(numAffectedRows);
}
