import { sql } from 'kysely';
import { recordActivity } from '../../activity/record.ts';
import type { Transaction } from '../../db/database.ts';
import { DatabaseUnavailableError } from '../../db/errors.ts';
import { isAlive } from '../../db/presence.ts';
import { preparedQuery } from '../../db/transaction.ts';
import { recordEvent } from '../../events/record-event.ts';
import { moveAccountState } from '../account-queries.ts';
import type { AccountState, StateReason } from '../account-state.ts';
import type { Secret } from '../secret.ts';
import type { AppCredentials, BrokerContext } from './broker-context.ts';
import { fromNow, type SealedPair, tokenPlace } from './token-store.ts';
import type { TokenUse } from './token-use.ts';

/** What gives the right to begin: a generation that is to be replaced, or a lease from the sweep. */
export type RefreshRight =
  | { readonly kind: 'seen'; readonly generation: number; readonly isForced: boolean }
  | { readonly kind: 'lease' };

/** A refresh that is ours: its lease, and that its outcome is open, are committed. */
export interface BegunRefresh {
  readonly kind: 'begun';
  readonly generation: number;
  /** Who has the lease: this process's presence number at the time. */
  readonly leaseOwner: number;
  readonly appId: string;
  readonly openId: string;
  readonly refreshToken: Secret;
  readonly credentials: AppCredentials;
  /** An earlier request with this refresh token may have had its effect. */
  readonly wasUnclear: boolean;
  /** The refresh token's own lifetime is over, by the database's clock. */
  readonly isExpired: boolean;
  readonly failures: number;
  readonly ageSeconds: number;
}

/** What came of the wish to begin a refresh. */
export type Beginning =
  | BegunRefresh
  /** There is another pair than the one that was to be replaced, or none any more. */
  | { readonly kind: 'moved' }
  /** A living process is at it. */
  | { readonly kind: 'leased' }
  /** It failed a moment ago and waits for its next try. */
  | { readonly kind: 'delayed'; readonly code: string; readonly retryAt: Date | undefined };

/**
 * Takes the lease of an account and notes that a request is about to be sent, to be committed before it is.
 *
 * The row is locked for the length of this transaction only: whoever comes meanwhile finds the lease.
 */
export async function beginRefresh(
  tx: Transaction,
  context: BrokerContext,
  use: TokenUse,
  right: RefreshRight,
): Promise<Beginning> {
  const { actor, accountId, reason } = use;
  const row = await lockTokens(tx, accountId);
  if (row === undefined) return { kind: 'moved' };
  const me = context.presence.number;
  if (row.state !== 'connected') {
    // Whoever ended the connection took it out of the schedule, or the sweep does so now.
    if (right.kind === 'lease')
      await tx.executeQuery(preparedQuery('retire', RETIRE, [accountId, me]));
    return { kind: 'moved' };
  }
  if (right.kind === 'lease' ? row.lease_owner !== me : row.generation !== right.generation) {
    return { kind: 'moved' };
  }
  if (await isLeasedByOther(tx, row.lease_owner, me)) return { kind: 'leased' };
  if (right.kind === 'seen' && !right.isForced && row.is_delayed) {
    const code = row.last_failure_code ?? 'internal_error';
    return { kind: 'delayed', code, retryAt: row.refresh_due_at ?? undefined };
  }
  const credentials = await context.getAppCredentials(tx, row.app_id);
  const place = tokenPlace(use, 'refresh_token_sealed');
  const refreshToken = await context.vault.open(tx, place, row.refresh_token_sealed);
  const begin = preparedQuery('begin_refresh', BEGIN, [accountId, me]);
  if ((await tx.executeQuery(begin)).numAffectedRows !== 1n) throw lostPresence();
  const { generation, failures } = row;
  const details = { generation };
  await recordActivity(tx, { actor, action: 'token.refresh_begun', accountId, reason, details });
  return {
    kind: 'begun',
    generation,
    leaseOwner: me,
    appId: row.app_id,
    openId: row.open_id,
    refreshToken,
    credentials,
    wasUnclear: row.is_unclear,
    isExpired: row.is_expired,
    failures,
    ageSeconds: row.age_seconds,
  };
}

// A connection may be lost and its end not know it yet: to the others our lease would look abandoned.
const BEGIN = `
update account_tokens set lease_owner = $2, lease_taken_at = app_now(), is_unclear = true
where account_id = $1 and is_alive($2)`;

function lostPresence(): DatabaseUnavailableError {
  return new DatabaseUnavailableError(new Error("The process's presence is lost"));
}

const RETIRE = `
update account_tokens set lease_owner = null, lease_taken_at = null, refresh_due_at = null
where account_id = $1 and lease_owner = $2`;

async function isLeasedByOther(
  tx: Transaction,
  owner: number | null,
  me: number,
): Promise<boolean> {
  // A lease of our own that nobody in this process works on is a leftover, and free.
  return owner !== null && owner !== me && (await isAlive(tx, owner));
}

/** Another pair has taken the place of the one that was worked on, or the account was disconnected. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

/**
 * Stores a new pair over the generation that it was made of, and over nothing else: not over a later
 * login, and not where the account was disconnected. A lease that others took meanwhile does not matter.
 *
 * An account that others gave up while this pair was on its way is connected after all.
 *
 * @throws {SupersededError} If the generation is gone; nothing is stored then.
 */
export async function storeRefreshed(
  tx: Transaction,
  use: TokenUse,
  generation: number,
  stored: { readonly pair: SealedPair; readonly scopes: readonly string[] },
): Promise<void> {
  const { pair } = stored;
  await updateAccount(tx, use.accountId, stored.scopes);
  const values = [use.accountId, generation, pair.access, pair.refresh];
  const { numAffectedRows } = await tx.executeQuery(
    preparedQuery('store_refreshed', STORE, [
      ...values,
      pair.accessEndsMs,
      pair.refreshEndsMs,
      pair.dueMs,
    ]),
  );
  if (numAffectedRows !== 1n) throw new SupersededError();
  const { actor, accountId, reason } = use;
  const details = { replaced: generation };
  await recordActivity(tx, { actor, action: 'token.refreshed', accountId, reason, details });
}

const STORE = `
update account_tokens set access_token_sealed = $3, refresh_token_sealed = $4,
  access_expires_at = clock.now + $5::float8 * interval '1 millisecond',
  refresh_expires_at = clock.now + $6::float8 * interval '1 millisecond',
  refresh_due_at = clock.now + $7::float8 * interval '1 millisecond',
  refreshed_at = clock.now, generation = nextval('token_generations'),
  lease_owner = null, lease_taken_at = null, is_unclear = false,
  failures = 0, failing_since = null, last_failure_code = null
from (select app_now() as now) clock
where account_id = $1 and generation = $2`;

// Accounts before tokens, here and wherever both are written, so that nobody waits in a circle.
async function updateAccount(
  tx: Transaction,
  accountId: string,
  scopes: readonly string[],
): Promise<void> {
  const query = preparedQuery<{ readonly is_back: boolean }>(
    'account_refreshed',
    ACCOUNT_REFRESHED,
    [accountId, [...scopes]],
  );
  const { rows } = await tx.executeQuery(query);
  if (rows[0]?.is_back !== true) return;
  const details = { is_reconnected: true };
  await recordEvent(tx, { type: 'account.connected', accountId, details });
}

// An answer without scopes says nothing about them. Mostly there is nothing to change. `app_now()` stands still in a
// transaction: a state of just now was changed by it.
const ACCOUNT_REFRESHED = `
update accounts set scopes = case $2::text[] when '{}' then scopes else $2 end,
  state = 'connected', state_reason = null,
  state_changed_at = case state when 'connected' then state_changed_at else app_now() end
where id = $1 and (
  (state = 'connected' and $2::text[] <> '{}' and scopes is distinct from $2)
  or (state = 'reconnect_needed'
    and state_reason in ('refresh_lost', 'refresh_refused', 'refresh_expired')))
returning state_changed_at = app_now() as is_back`;

/** A refresh that failed and will be tried again. */
export interface Delay {
  readonly code: string;
  readonly delayMs: number;
  /** Whether the old refresh token may be spent; as it was, if nothing was sent. */
  readonly isUnclear?: boolean;
}

/**
 * Hands the lease back and says when it is tried again.
 *
 * @returns When that is.
 * @throws {SupersededError} If the lease is not ours any more, and so the outcome somebody else's.
 */
export async function delayRefresh(
  tx: Transaction,
  use: TokenUse,
  leaseOwner: number,
  delay: Delay,
): Promise<Date> {
  const { actor, accountId, reason } = use;
  const { code, delayMs, isUnclear } = delay;
  const { rows } = await sql<{ readonly refresh_due_at: Date }>`
    update account_tokens set lease_owner = null, lease_taken_at = null,
      is_unclear = coalesce(${isUnclear ?? null}, is_unclear), refresh_due_at = ${fromNow(delayMs)}, failures = failures + 1,
      failing_since = coalesce(failing_since, app_now()), last_failure_code = ${code}
    where account_id = ${accountId} and lease_owner = ${leaseOwner}
    returning refresh_due_at`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new SupersededError();
  const details = { code, is_unclear: isUnclear ?? null, delay_ms: delayMs };
  await recordActivity(tx, { actor, action: 'token.refresh_failed', accountId, reason, details });
  return row.refresh_due_at;
}

/** Reads how often the refresh of an account failed since its last pair. */
export async function readFailures(tx: Transaction, accountId: string): Promise<number> {
  const row = await tx
    .selectFrom('account_tokens')
    .select('failures')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return row?.failures ?? 0;
}

/**
 * Gives the connection up, if the pair that TikTok refused is still the account's.
 *
 * @throws {SupersededError} If the generation is gone; nothing is changed then.
 */
export async function giveUp(
  tx: Transaction,
  use: TokenUse,
  { generation }: Pick<BegunRefresh, 'generation'>,
  refusal: { readonly reason: StateReason; readonly code: string },
): Promise<void> {
  const { actor, accountId } = use;
  const { reason, code } = refusal;
  await moveAccountState(tx, accountId, { state: 'reconnect_needed', reason });
  const { numAffectedRows } = await sql`
    update account_tokens set lease_owner = null, lease_taken_at = null, refresh_due_at = null,
      failures = failures + 1, failing_since = coalesce(failing_since, app_now()),
      last_failure_code = ${code}
    where account_id = ${accountId} and generation = ${generation}`.execute(tx);
  if (numAffectedRows !== 1n) throw new SupersededError();
  const details = { code, why: use.reason };
  const action = 'account.reconnect_needed';
  await recordActivity(tx, { actor, action, accountId, reason, details });
}

interface LockedRow {
  readonly state: AccountState;
  readonly open_id: string;
  readonly app_id: string;
  readonly refresh_token_sealed: Buffer;
  readonly refresh_due_at: Date | null;
  readonly generation: number;
  readonly lease_owner: number | null;
  readonly is_unclear: boolean;
  readonly failures: number;
  readonly last_failure_code: string | null;
  readonly is_delayed: boolean;
  readonly is_expired: boolean;
  readonly age_seconds: number;
}

async function lockTokens(tx: Transaction, accountId: string): Promise<LockedRow | undefined> {
  const query = preparedQuery<LockedRow>('lock_tokens', LOCK, [accountId]);
  return (await tx.executeQuery(query)).rows[0];
}

const LOCK = `
select a.state, a.open_id, a.app_id, t.refresh_token_sealed, t.refresh_due_at, t.generation,
  t.lease_owner, t.is_unclear, t.failures, t.last_failure_code,
  t.failures > 0 and t.refresh_due_at > clock.now as is_delayed,
  coalesce(t.refresh_expires_at <= clock.now, false) as is_expired,
  extract(epoch from clock.now - t.refreshed_at)::float8 as age_seconds
from (select app_now() as now) clock,
  account_tokens t join accounts a on a.id = t.account_id
where t.account_id = $1 for update of t`;
