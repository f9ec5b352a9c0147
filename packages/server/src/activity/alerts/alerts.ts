import { sql } from 'kysely';
import type { Position } from '../../db/position.ts';
import type { Transaction } from '../../db/transaction.ts';
import { recordEvent } from '../../events/record-event.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { type Principal, toActor } from '../../workspaces/principal.ts';
import { type Json, recordActivity } from '../record.ts';
import type { AlertKind } from './alert-kinds.ts';

/** Something that needs attention. */
export interface NewAlert {
  readonly kind: AlertKind;
  /** What it is about; of a kind and a subject, one alert is open at a time. */
  readonly subject: string;
  readonly accountId?: string | null | undefined;
  readonly postId?: string | null | undefined;
  /** Ids, codes and numbers. */
  readonly details?: { readonly [name: string]: Json };
}

/** Raises an alert, or counts that it happened again while one is open. */
export async function raiseAlert(tx: Transaction, alert: NewAlert): Promise<void> {
  const { accountId = null, details = {}, kind, postId = null, subject } = alert;
  const { rows } = await sql<{ id: string; occurrences: number }>`
    insert into alerts (workspace_id, kind, subject, account_id, post_id, details)
    values (current_workspace(), ${kind}, ${subject}, ${accountId}, ${postId}, ${details})
    on conflict (workspace_id, kind, subject) where resolved_at is null do update set
      occurrences = alerts.occurrences + 1, last_at = app_now(),
      post_id = excluded.post_id, details = excluded.details
    returning id, occurrences`.execute(tx);
  const [row] = rows;
  if (row?.occurrences !== 1) return;
  const event = { accountId, postId, details: { alert_id: row.id, kind } };
  await recordEvent(tx, { type: 'alert.raised', ...event });
}

/** Ends the open alert about something, if there is one: its cause is gone. */
export async function resolveAlert(
  tx: Transaction,
  kind: AlertKind,
  subject: string,
): Promise<void> {
  await resolveAlerts(tx, sql`kind = ${kind} and subject = ${subject}`);
}

/** Ends all open alerts that a condition holds for. */
export async function resolveAlerts(
  tx: Transaction,
  condition: ReturnType<typeof sql<boolean>>,
): Promise<void> {
  const { rows } = await sql<{
    id: string;
    kind: AlertKind;
    account_id: string | null;
    post_id: string | null;
  }>`update alerts set resolved_at = app_now()
    where resolved_at is null and ${condition}
    returning id, kind, account_id, post_id`.execute(tx);
  for (const row of rows) {
    await recordEvent(tx, {
      type: 'alert.resolved',
      accountId: row.account_id,
      postId: row.post_id,
      details: { alert_id: row.id, kind: row.kind },
    });
  }
}

/** An alert, as it is shown. */
export interface AlertRow {
  readonly id: string;
  readonly kind: AlertKind;
  readonly account_id: string | null;
  readonly post_id: string | null;
  readonly details: { readonly [name: string]: unknown };
  readonly occurrences: number;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly acknowledged_at: Date | null;
  readonly acknowledged_by: string | null;
  readonly resolved_at: Date | null;
}

const COLUMNS = [
  'id',
  'kind',
  'account_id',
  'post_id',
  'details',
  'occurrences',
  'first_at',
  'last_at',
  'acknowledged_at',
  'acknowledged_by',
  'resolved_at',
] as const;

/** Alerts of the workspace, the latest begun first. */
export async function listAlerts(
  tx: Transaction,
  page: {
    readonly after: Position | undefined;
    readonly limit: number;
    readonly state: 'open' | 'resolved' | 'all';
  },
): Promise<AlertRow[]> {
  const { after, limit, state } = page;
  let query = tx.selectFrom('alerts').select(COLUMNS);
  if (state === 'open') query = query.where('resolved_at', 'is', null);
  if (state === 'resolved') query = query.where('resolved_at', 'is not', null);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(first_at, id) < (${after.at}, ${after.id}::uuid)`);
  }
  return query.orderBy('first_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
}

/**
 * Notes who has seen an alert first.
 *
 * @throws {ProblemError} `not-found`.
 */
export async function acknowledgeAlert(
  tx: Transaction,
  principal: Principal,
  id: string,
): Promise<AlertRow> {
  const actor = toActor(principal);
  const found = await tx
    .selectFrom('alerts')
    .select(COLUMNS)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (found === undefined) throw new ProblemError('not-found', 'There is no such alert.');
  if (found.acknowledged_at !== null) return found;
  await recordActivity(tx, {
    actor,
    action: 'alert.acknowledged',
    subjectId: id,
    reason: 'asked for',
    details: { kind: found.kind },
  });
  return tx
    .updateTable('alerts')
    .set({
      acknowledged_at: sql<Date>`app_now()`,
      acknowledged_by: `${actor.kind}:${actor.id}`,
    })
    .where('id', '=', id)
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}
