import { type Database, inInstallation, type Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';
import { CAP_WINDOW_MS, GIVEN_UP_AFTER_MS, type LearnedCap } from './caps.ts';
import type { LimitKeys } from './limit-keys.ts';
import type { Cap, CreatorCap } from './tables.ts';

/** What the caps on one more post are judged by. */
export interface HeldCaps {
  /** The attempt has its place already. */
  readonly is_taken: boolean;
  readonly present: Date;
  /** Places of the creator's cap that are taken, oldest first. */
  readonly uses: readonly Date[];
  /** Last posts of the app's users of the day; `null`: no matter, or the creator is one of them. */
  readonly users: readonly Date[] | null;
  readonly is_audited: boolean | null;
  readonly daily_users: number | null;
}

/** Reads the caps of a creator and keeps all others from it until the transaction ends. */
export async function holdCaps(
  tx: Transaction,
  keys: LimitKeys,
  attemptId: string,
  cap: CreatorCap,
): Promise<HeldCaps> {
  const values = [attemptId, cap, keys.creator, keys.app, keys.appId, LENGTH];
  const { rows } = await tx.executeQuery(preparedQuery<HeldCaps>('hold_caps', HOLD, values));
  return required(rows[0]);
}

/** Takes a place. */
export async function insertUse(
  tx: Transaction,
  use: {
    readonly attemptId: string;
    readonly cap: CreatorCap;
    readonly keys: LimitKeys;
    readonly at: Date;
  },
): Promise<void> {
  const values = [use.attemptId, use.cap, use.keys.creator, use.keys.app, use.at];
  await tx.executeQuery(preparedQuery('insert_cap_use', INSERT, values));
}

/** Gives the place of an attempt back, if it has one. */
export async function deleteUse(tx: Transaction, attemptId: string): Promise<void> {
  await tx.executeQuery(preparedQuery('delete_cap_use', DELETE, [attemptId]));
}

/** Lets the place of an attempt, if it has one, be free when TikTok has given up what it has of it. */
export async function letUseRunOut(tx: Transaction, attemptId: string): Promise<void> {
  const query = preparedQuery('let_cap_use_run_out', RUN_OUT, [attemptId, LENGTH, GIVEN_UP_AFTER]);
  await tx.executeQuery(query);
}

/** Places that count toward a cap now, oldest first: of users, the last post of each. */
export async function selectUses(
  tx: Transaction,
  keys: LimitKeys,
  cap: Cap,
): Promise<{ readonly present: number; readonly uses: number[] }> {
  const isUsers = cap === 'users';
  const text = isUsers ? USERS : USES;
  const values = isUsers ? [keys.app, LENGTH] : [keys.creator, cap, LENGTH];
  const query = preparedQuery<UsesRow>(isUsers ? 'select_users' : 'select_uses', text, values);
  const { present, uses } = required((await tx.executeQuery(query)).rows[0]);
  return { present: present.getTime(), uses: uses.map((instant) => instant.getTime()) };
}

/** What was learned about caps of these subjects, as far as it holds. */
export async function selectLearned(
  tx: Transaction,
  subjects: readonly Buffer[],
): Promise<LearnedRow[]> {
  const query = preparedQuery<LearnedRow>('select_learned', LEARNED, [[...subjects]]);
  return (await tx.executeQuery(query)).rows;
}

/** How often TikTok has refused for a cap within the last week. */
export async function countRefusals(tx: Transaction, subject: Buffer, cap: Cap): Promise<number> {
  const { rows } = await tx.executeQuery(
    preparedQuery<{ refusals: number }>('count_refusals', REFUSALS, [subject, cap]),
  );
  return rows[0]?.refusals ?? 0;
}

/** Stores what a refusal taught. */
export async function storeLearned(
  tx: Transaction,
  subject: Buffer,
  cap: Cap,
  learned: LearnedCap & { readonly refusals: number },
): Promise<void> {
  const { holdsUntil, most, notBefore, refusals } = learned;
  const values = [subject, cap, most, new Date(notBefore), new Date(holdsUntil), refusals];
  await tx.executeQuery(preparedQuery('store_learned', STORE, values));
}

/** Deletes places that nothing counts any more, and what was learned and holds no more. */
export async function deleteOldUses(database: Database, limit: number): Promise<number> {
  return inInstallation(database, async (tx) => {
    await tx.executeQuery(preparedQuery('forget_learned', FORGET, []));
    const old = await tx.executeQuery(preparedQuery('delete_old_uses', DELETE_OLD, [limit]));
    return Number(old.numAffectedRows ?? 0);
  });
}

/** A row of what was learned. */
export interface LearnedRow {
  readonly subject: Buffer;
  readonly cap: Cap;
  readonly most: number | null;
  readonly not_before: Date;
  readonly holds_until: Date;
}

/** Such a row as the rules take it. */
export function toLearned(row: LearnedRow): LearnedCap {
  const { most, not_before, holds_until } = row;
  return { most, notBefore: not_before.getTime(), holdsUntil: holds_until.getTime() };
}

interface UsesRow {
  readonly present: Date;
  readonly uses: readonly Date[];
}

const LENGTH = `${CAP_WINDOW_MS} milliseconds`;
const GIVEN_UP_AFTER = `${GIVEN_UP_AFTER_MS} milliseconds`;

const HOLD = `
select is_taken, present, uses, users, is_audited, daily_users
from hold_caps($1, $2, $3, $4, $5, $6::interval)`;

const INSERT = `
insert into cap_uses (attempt_id, cap, creator, app, taken_at) values ($1, $2, $3, $4, $5)
on conflict (attempt_id) do nothing`;

const DELETE = 'delete from cap_uses where attempt_id = $1';

// As if it had been taken so long ago that the window lets go of it then.
const RUN_OUT = `
update cap_uses set taken_at = least(taken_at, app_now() - $2::interval + $3::interval)
where attempt_id = $1`;

const USES = `
select app_now() as present, array(select taken_at from cap_uses
  where creator = $1 and cap = $2 and taken_at > app_now() - $3::interval order by taken_at) as uses`;

const USERS = `
select app_now() as present, array(select max(taken_at) from cap_uses
  where app = $1 and cap = 'posts' and taken_at > app_now() - $2::interval
  group by creator order by 1) as uses`;

const LEARNED = `
select subject, cap, most, not_before, holds_until from learned_caps
where subject = any($1) and holds_until > app_now()`;

const REFUSALS = `
select refusals from learned_caps
where subject = $1 and cap = $2 and learned_at > app_now() - interval '7 days'`;

const STORE = `
insert into learned_caps (subject, cap, most, not_before, holds_until, refusals, learned_at)
values ($1, $2, $3, $4, $5, $6, app_now())
on conflict (subject, cap) do update set most = excluded.most, not_before = excluded.not_before,
  holds_until = excluded.holds_until, refusals = excluded.refusals, learned_at = excluded.learned_at`;

const FORGET = `
delete from learned_caps where holds_until < app_now() and learned_at < app_now() - interval '8 days'`;

const DELETE_OLD = `
delete from cap_uses where attempt_id in (
  select attempt_id from cap_uses where taken_at < app_now() - interval '25 hours'
  order by taken_at limit $1 for update skip locked)`;

function required<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new Error('A statement that always has a row gave none');
  return row;
}
