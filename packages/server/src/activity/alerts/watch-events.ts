import { sql } from 'kysely';
import { type Database, inWorkspace } from '../../db/database.ts';
import { preparedQuery, type Transaction } from '../../db/transaction.ts';
import { readEvents } from '../../events/read-events.ts';
import type { Log } from '../../logging/log.ts';
import { eachByItself } from '../../runtime/each-by-itself.ts';
import { raiseAlert, resolveAlert, resolveAlerts } from './alerts.ts';
import { type AlertAct, FAILURES_IN_A_ROW, judgeEvent, NO_FAILURES } from './judge-event.ts';

/** Name of this reader of events. */
const FOLLOWER = 'alerts';
/** Events that one transaction judges. */
const PORTION = 200;

/**
 * Raises and ends alerts by what happened since the last round. Any number of processes may do it at once: a
 * workspace is followed by one at a time, and its place moves with the alerts.
 *
 * @returns Whether there is more to do.
 */
export async function watchEvents(
  { database, log }: { readonly database: Database; readonly log: Pick<Log, 'error'> },
  signal: AbortSignal,
): Promise<boolean> {
  const { rows } = await sql<{ workspace_id: string }>`
    select workspace_id from workspaces_to_follow(${FOLLOWER}, 100)`.execute(database.kysely);
  let hasMore = rows.length === 100;
  await eachByItself({ log, signal }, rows, async ({ workspace_id }) => {
    hasMore = (await inWorkspace(database, workspace_id, follow)) || hasMore;
  });
  return hasMore && !signal.aborted;
}

async function follow(tx: Transaction): Promise<boolean> {
  await sql`insert into event_followers (workspace_id, name)
    values (current_workspace(), ${FOLLOWER}) on conflict do nothing`.execute(tx);
  const { rows } = await sql<{ xid: string; event_id: number }>`
    select xid, event_id from event_followers
    where workspace_id = current_workspace() and name = ${FOLLOWER}
    for update skip locked`.execute(tx);
  const [place] = rows;
  if (place === undefined) return false;
  const { events, position } = await readEvents(
    tx,
    { xid: place.xid, id: place.event_id },
    PORTION,
  );
  const acts = events.flatMap((event) => judgeEvent(event));
  const open = acts.length === 0 ? new Set<string>() : await listOpen(tx);
  for (const act of acts) await apply(tx, act, open);
  await sql`update event_followers set xid = ${position.xid}::xid8, event_id = ${position.id}
    where workspace_id = current_workspace() and name = ${FOLLOWER}`.execute(tx);
  return events.length === PORTION;
}

/** Mostly nothing is open, and then nothing has to be ended: each post that goes out would ask for that. */
async function apply(tx: Transaction, act: AlertAct, open: Set<string>): Promise<void> {
  if (act.act === 'resolve') {
    if (open.delete(nameOf(act))) await resolveAlert(tx, act.kind, act.subject);
    return;
  }
  const isDue =
    act.act === 'raise' || (await countFailures(tx, act.accountId)) >= FAILURES_IN_A_ROW;
  if (!isDue) return;
  await raiseAlert(tx, act.alert);
  open.add(nameOf(act.alert));
}

async function listOpen(tx: Transaction): Promise<Set<string>> {
  const { rows } = await tx.executeQuery(
    preparedQuery<{ readonly kind: string; readonly subject: string }>('open_alerts', OPEN, []),
  );
  return new Set(rows.map(nameOf));
}

const OPEN = `
select kind, subject from alerts where workspace_id = current_workspace() and resolved_at is null`;

function nameOf({ kind, subject }: { readonly kind: string; readonly subject: string }): string {
  return `${kind} ${subject}`;
}

/** Failed posts of an account since the last that went out. */
async function countFailures(tx: Transaction, accountId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from posts
    where account_id = ${accountId} and state = 'failed'
      and state_reason <> all (${[...NO_FAILURES]}::text[]) and state_changed_at > coalesce(
      (select max(state_changed_at) from posts
        where account_id = ${accountId} and state in ('published', 'in_inbox')), '-infinity')`.execute(
    tx,
  );
  return rows[0]?.count ?? 0;
}

/** What no event tells: an access that cannot be renewed for this long, and alerts that nothing was heard of for long. */
const FAILING_MINUTES = 30;
const QUIET_DAYS = 7;

/**
 * Raises and ends alerts by the state that things are in.
 *
 * @returns Whether there is more to do.
 */
export async function watchCauses(database: Database, signal: AbortSignal): Promise<boolean> {
  const { rows } = await sql<{ workspace_id: string }>`
    select workspace_id from workspaces_with_causes(
      make_interval(mins => ${FAILING_MINUTES}), 10000)`.execute(database.kysely);
  for (const { workspace_id: workspaceId } of rows) {
    if (signal.aborted) return false;
    await inWorkspace(database, workspaceId, judgeCauses);
  }
  return false;
}

async function judgeCauses(tx: Transaction): Promise<void> {
  const { rows } = await sql<{ account_id: string; code: string | null }>`
    select t.account_id, t.last_failure_code as code
    from account_tokens t join accounts a on a.id = t.account_id and a.state = 'connected'
    where t.failing_since < app_now() - make_interval(mins => ${FAILING_MINUTES})
      and not exists (select from alerts l where l.kind = 'refresh_failing'
        and l.subject = t.account_id::text and l.resolved_at is null)`.execute(tx);
  for (const { account_id: accountId, code } of rows) {
    const details = { code };
    await raiseAlert(tx, { kind: 'refresh_failing', subject: accountId, accountId, details });
  }
  await resolveAlerts(
    tx,
    sql<boolean>`kind = 'refresh_failing' and not exists (select from account_tokens t
      where t.account_id = alerts.account_id and t.failing_since is not null)`,
  );
  // What TikTok answered once and never again is over.
  await resolveAlerts(
    tx,
    sql<boolean>`kind in ('unknown_answer', 'contradiction')
      and last_at < app_now() - make_interval(days => ${QUIET_DAYS})`,
  );
}
