import { sql } from 'kysely';
import { allScopes } from '../../accounts/scopes.ts';
import type { UnsealedFinding } from '../../accounts/vault/find-unsealed.ts';
import type { Transaction } from '../../db/transaction.ts';
import type { Json } from '../record.ts';
import { findLeaks } from './log-filter.ts';

/** What a check found. */
export interface CheckReport {
  readonly name: string;
  readonly isOk: boolean;
  /** What was looked at, and what was found. */
  readonly words: string;
  readonly details: { readonly [name: string]: Json };
}

/** What checks look at beside the workspace's rows. */
export interface CheckContext {
  /** Secrets in the open, wherever in the database they stand. */
  readonly unsealed: readonly UnsealedFinding[];
}

/** Everything that is looked at once a day, in a transaction of the workspace. */
export const checks: readonly ((tx: Transaction, context: CheckContext) => Promise<CheckReport>)[] =
  [checkLogs, checkSealed, checkKeys, checkMasterKeys, checkScopes];

/**
 * What can honestly be said of a log: that the filter which each line passes takes out secrets of every form, tried
 * with made-up ones; and how many lines it had to take something out of. Lines that were written are not here to read.
 */
async function checkLogs(tx: Transaction): Promise<CheckReport> {
  const leaks = findLeaks();
  const { rows } = await sql<{ lines: number }>`
    select coalesce(sum(lines), 0)::int as lines from log_redactions
    where day >= (app_now() - interval '7 days')::date`.execute(tx);
  const lines = rows[0]?.lines ?? 0;
  const words =
    leaks.length > 0
      ? `The filter of the log lets through: ${leaks.join(', ')}.`
      : `The filter of the log takes out made-up secrets of every form. In the last 7 days it found something to take out in ${lines} lines.`;
  return { name: 'log_secrets', isOk: leaks.length === 0, words, details: { leaks, lines } };
}

async function checkSealed(_tx: Transaction, { unsealed }: CheckContext): Promise<CheckReport> {
  const places = unsealed.map(({ column, kind, table }) => `${table}.${column} (${kind})`);
  return {
    name: 'unsealed_columns',
    isOk: places.length === 0,
    words:
      places.length === 0
        ? 'Every column of every table was read: sealed ones are sealed, and no token or upload_url stands in another.'
        : `Secrets stand in the open in ${places.join(', ')}. Revoke them: disconnect the accounts, renew the app’s secret.`,
    details: { places },
  };
}

/** A key that nobody used for this long is a door that nobody watches. */
const STALE_DAYS = 90;

async function checkKeys(tx: Transaction): Promise<CheckReport> {
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from api_keys
    where revoked_at is null and coalesce(expires_at > app_now(), true)
      and coalesce(last_used_at, created_at) < app_now() - make_interval(days => ${STALE_DAYS})
    order by created_at`.execute(tx);
  return {
    name: 'stale_api_keys',
    isOk: rows.length === 0,
    words:
      rows.length === 0
        ? `Every API key was used within ${STALE_DAYS} days.`
        : `${rows.length} API keys were not used for ${STALE_DAYS} days or more: revoke them.`,
    details: { api_key_ids: rows.map(({ id }) => id) },
  };
}

const MASTER_KEY_DAYS = 400;

async function checkMasterKeys(tx: Transaction): Promise<CheckReport> {
  const { rows } = await sql<{ is_old: boolean; unfinished: number }>`
    select coalesce(max(m.created_at) < app_now() - make_interval(days => ${MASTER_KEY_DAYS}), false) as is_old,
      (select count(*)::int from data_keys d where d.master_key_id <> (
        select id from master_keys order by number desc limit 1)) as unfinished
    from master_keys m`.execute(tx);
  const { is_old: isOld, unfinished } = rows[0] ?? { is_old: false, unfinished: 0 };
  const faults = [
    ...(isOld
      ? [`The master key is older than ${MASTER_KEY_DAYS} days: greenroom keys rotate.`]
      : []),
    ...(unfinished > 0 ? ['A rotation of the master key has not ended: run it again.'] : []),
  ];
  return {
    name: 'master_key',
    isOk: faults.length === 0,
    words:
      faults.length === 0 ? 'The master key is young, and wraps every data key.' : faults.join(' '),
    details: { is_old: isOld, unfinished },
  };
}

/** Scopes that were asked for and withheld, and those that waiting posts need. */
async function checkScopes(tx: Transaction): Promise<CheckReport> {
  const { rows } = await sql<{ id: string; missing: string[] }>`
    with needed as (
      select a.id, s.scope from accounts a cross join unnest(a.scopes_asked) as s (scope)
      where s.scope = any (${allScopes()}::text[])
      union
      select p.account_id,
        case p.post_mode when 'DIRECT_POST' then 'video.publish' else 'video.upload' end
      from posts p where p.state in ('scheduled', 'queued')
    )
    select a.id, array_agg(n.scope order by n.scope) as missing
    from accounts a join needed n on n.id = a.id
    where a.state = 'connected' and n.scope <> all (a.scopes)
    group by a.id order by a.id`.execute(tx);
  return {
    name: 'missing_scopes',
    isOk: rows.length === 0,
    words:
      rows.length === 0
        ? 'Every connected account has granted what was asked for, and what its waiting posts need.'
        : `${rows.length} accounts lack scopes: connect them again, with all scopes switched on.`,
    details: { accounts: rows.map(({ id, missing }) => ({ id, missing })) },
  };
}
