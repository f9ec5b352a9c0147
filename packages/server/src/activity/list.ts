import { sql } from 'kysely';
import type { Position } from '../db/position.ts';
import type { Transaction } from '../db/transaction.ts';
import type { ActivityAction } from './actions.ts';
import type { ActorKind, Json } from './record.ts';

/** Which entries of the audit log to list; what is left out does not filter. */
export interface ActivityFilters {
  readonly accountId?: string | undefined;
  readonly action?: string | undefined;
  /** Actions that are left out. */
  readonly without?: readonly ActivityAction[] | undefined;
  readonly actorKind?: ActorKind | undefined;
  readonly actorId?: string | undefined;
  /** From this instant on, inclusive. */
  readonly since?: Date | undefined;
  /** Up to this instant, exclusive. */
  readonly until?: Date | undefined;
}

/** An entry of the audit log, as it is read. */
export interface ActivityRow {
  readonly at: Date;
  readonly id: number;
  readonly actor_kind: ActorKind;
  readonly actor_id: string;
  readonly action: string;
  readonly account_id: string | null;
  readonly subject_id: string | null;
  readonly reason: string;
  readonly details: { readonly [key: string]: Json };
}

/** Reads up to `limit` entries of the transaction's workspace, newest first. */
export async function listActivity(
  tx: Transaction,
  filters: ActivityFilters,
  page: { readonly after?: Position<number> | undefined; readonly limit: number },
): Promise<ActivityRow[]> {
  const { after, limit } = page;
  const { rows } = await sql<ActivityRow>`
    select at, id, actor_kind, actor_id, action, account_id, subject_id, reason, details
    from activity
    where ${sql.join(conditionsOf(filters, after), sql` and `)}
    order by at desc, id desc
    limit ${limit}`.execute(tx);
  return rows;
}

function conditionsOf(filters: ActivityFilters, after: Position<number> | undefined) {
  const { accountId, action, actorKind, actorId, since, until, without = [] } = filters;
  return [
    // Row-level security says so, too, in a form that no index can be searched by.
    sql`workspace_id = current_workspace()`,
    // The first condition alone cuts the months that are searched.
    ...(after ? [sql`at <= ${after.at}`, sql`(at, id) < (${after.at}, ${after.id})`] : []),
    ...(accountId === undefined ? [] : [sql`account_id = ${accountId}`]),
    ...(action === undefined ? [] : [sql`action = ${action}`]),
    // As literals: the index without hand-outs of tokens is found by them.
    ...without.map((one) => sql`action <> ${sql.lit(one)}`),
    ...(actorKind === undefined ? [] : [sql`actor_kind = ${actorKind}`]),
    ...(actorId === undefined ? [] : [sql`actor_id = ${actorId}`]),
    ...(since === undefined ? [] : [sql`at >= ${since}`]),
    ...(until === undefined ? [] : [sql`at < ${until}`]),
  ];
}
