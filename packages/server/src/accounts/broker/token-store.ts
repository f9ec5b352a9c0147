import type { Random } from '@greenroom/sdk';
import type { UserTokens } from '@greenroom/sdk/oauth';
import { type RawBuilder, sql } from 'kysely';
import type { Clock } from '../../db/clock.ts';
import { preparedQuery, type Transaction } from '../../db/transaction.ts';
import type { AccountState, StateReason } from '../account-state.ts';
import { Secret } from '../secret.ts';
import type { Place, Vault } from '../vault/vault.ts';
import { planRefreshMs } from './schedule.ts';
import { toStorableLifetimeMs } from './storable.ts';

/** An account and the workspace that it is connected in. */
export interface TokenOwner {
  readonly workspaceId: string;
  readonly accountId: string;
}

/** A pair as it is stored: sealed, its ends in milliseconds from now. */
export interface SealedPair {
  readonly access: Buffer;
  readonly refresh: Buffer;
  readonly accessEndsMs: number;
  /** Null: TikTok did not say. */
  readonly refreshEndsMs: number | null;
  readonly dueMs: number;
}

/** Which of an account's two tokens. */
export type TokenColumn = 'access_token_sealed' | 'refresh_token_sealed';

/** Where a token is stored, as the vault binds it. */
export function tokenPlace(owner: TokenOwner, column: TokenColumn): Place {
  const { workspaceId, accountId } = owner;
  return { workspaceId, table: 'account_tokens', column, rowId: accountId };
}

/**
 * Seals a pair for its row.
 *
 * Its ends are stored as what is left of them on the database's clock, so that a machine whose clock is
 * off by minutes neither wastes a token nor trusts a dead one.
 */
export async function sealPair(
  tx: Transaction,
  tools: { readonly vault: Vault; readonly clock: Clock; readonly random: Random },
  owner: TokenOwner,
  tokens: UserTokens,
): Promise<SealedPair> {
  const { vault, clock, random } = tools;
  const seal = (column: TokenColumn, token: string) =>
    vault.seal(tx, tokenPlace(owner, column), Secret.of(token));
  const now = clock.now().getTime();
  const leftUntil = (end: Date) => toStorableLifetimeMs(end.getTime() - now);
  const leftMs = leftUntil(tokens.expiresAt);
  return {
    access: await seal('access_token_sealed', tokens.accessToken),
    refresh: await seal('refresh_token_sealed', tokens.refreshToken),
    accessEndsMs: leftMs,
    refreshEndsMs:
      tokens.refreshExpiresAt === undefined ? null : leftUntil(tokens.refreshExpiresAt),
    dueMs: planRefreshMs(leftMs, random),
  };
}

/** Stores the pair of a login, over whatever the account had. Nobody's refresh in flight can replace it. */
export async function upsertPair(
  tx: Transaction,
  { workspaceId, accountId }: TokenOwner,
  pair: SealedPair,
): Promise<void> {
  await sql`
    insert into account_tokens as t (account_id, workspace_id, access_token_sealed,
      refresh_token_sealed, access_expires_at, refresh_expires_at, refreshed_at, refresh_due_at)
    values (${accountId}, ${workspaceId}, ${pair.access}, ${pair.refresh},
      ${fromNow(pair.accessEndsMs)}, ${fromNow(pair.refreshEndsMs)}, app_now(),
      ${fromNow(pair.dueMs)})
    on conflict (account_id) do update set
      access_token_sealed = excluded.access_token_sealed,
      refresh_token_sealed = excluded.refresh_token_sealed,
      access_expires_at = excluded.access_expires_at,
      refresh_expires_at = excluded.refresh_expires_at,
      refreshed_at = excluded.refreshed_at,
      refresh_due_at = excluded.refresh_due_at,
      generation = nextval('token_generations'),
      lease_owner = null, lease_taken_at = null, is_unclear = false,
      failures = 0, failing_since = null, last_failure_code = null`.execute(tx);
}

/** An instant so many milliseconds after the database's now. */
export function fromNow(ms: number | null): RawBuilder<Date> {
  return sql<Date>`app_now() + ${ms}::float8 * interval '1 millisecond'`;
}

/** Forgets an account's tokens: what TikTok may still answer to a refresh in flight finds no place. */
export async function deleteTokens(tx: Transaction, accountId: string): Promise<void> {
  await tx.deleteFrom('account_tokens').where('account_id', '=', accountId).execute();
}

/** Where an account and its pair stand. */
export interface PairState {
  readonly state: AccountState;
  readonly stateReason: StateReason | null;
  readonly generation: number;
  /** Whether the access token's lifetime is over. */
  readonly isEnded: boolean;
}

/** Reads where an account and its pair stand, if it has one. */
export async function findPair(tx: Transaction, accountId: string): Promise<PairState | undefined> {
  return tx
    .selectFrom('account_tokens as t')
    .innerJoin('accounts as a', 'a.id', 't.account_id')
    .select(['a.state', 'a.state_reason as stateReason', 't.generation'])
    .select(sql<boolean>`t.access_expires_at <= app_now()`.as('isEnded'))
    .where('t.account_id', '=', accountId)
    .executeTakeFirst();
}

/** What is known of an account's tokens without opening them. */
export interface TokenState {
  /** When the access token ends. */
  readonly accessExpiresAt: Date;
  /** When the refresh token ends; `null` if TikTok did not say. */
  readonly refreshExpiresAt: Date | null;
  /** When the pair was stored. */
  readonly refreshedAt: Date;
  /** Failures since then. */
  readonly failures: number;
  /** When the first of them was. */
  readonly failingSince: Date | null;
  /** TikTok's code, or one of the SDK's, of the last one. */
  readonly lastFailureCode: string | null;
}

/** Reads what is known of accounts' tokens, by account; accounts without tokens are left out. */
export async function readTokenStates(
  tx: Transaction,
  accountIds: readonly string[],
): Promise<Map<string, TokenState>> {
  if (accountIds.length === 0) return new Map();
  const { rows } = await tx.executeQuery(
    preparedQuery<TokenStateRow>('read_token_states', READ_TOKEN_STATES, [accountIds]),
  );
  return new Map(
    rows.map((row) => [
      row.account_id,
      {
        accessExpiresAt: row.access_expires_at,
        refreshExpiresAt: row.refresh_expires_at,
        refreshedAt: row.refreshed_at,
        failures: row.failures,
        failingSince: row.failing_since,
        lastFailureCode: row.last_failure_code,
      },
    ]),
  );
}

interface TokenStateRow {
  readonly account_id: string;
  readonly access_expires_at: Date;
  readonly refresh_expires_at: Date | null;
  readonly refreshed_at: Date;
  readonly failures: number;
  readonly failing_since: Date | null;
  readonly last_failure_code: string | null;
}

// Read with each request for an account, so it is parsed and planned once a connection.
const READ_TOKEN_STATES = `
  select account_id, access_expires_at, refresh_expires_at, refreshed_at,
    failures, failing_since, last_failure_code
  from account_tokens where account_id = any($1::uuid[])`;
