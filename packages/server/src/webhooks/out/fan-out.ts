import { sql } from 'kysely';
import { type Database, inWorkspace } from '../../db/database.ts';
import { preparedQuery, type Transaction } from '../../db/transaction.ts';
import { listWebhookTypes } from '../../events/event-types.ts';
import type { Log } from '../../logging/log.ts';
import { eachByItself } from '../../runtime/each-by-itself.ts';

/** Events that one endpoint is brought forward by in one transaction. */
const PORTION = 1000;

/**
 * Makes deliveries of what happened since each endpoint's place. Any number of processes may do it at once: an
 * endpoint's row is locked by one, and its place moves with the deliveries.
 *
 * @returns Whether there is more to do.
 */
export async function fanOutEvents(
  { database, log }: { readonly database: Database; readonly log: Pick<Log, 'error'> },
  signal: AbortSignal,
): Promise<boolean> {
  const { rows } = await sql<{ endpoint_id: string; workspace_id: string }>`
    select endpoint_id, workspace_id from endpoints_behind(100)`.execute(database.kysely);
  let hasMore = rows.length === 100;
  await eachByItself({ log, signal }, rows, async ({ endpoint_id, workspace_id }) => {
    const events = await inWorkspace(database, workspace_id, (tx) => bringForward(tx, endpoint_id));
    hasMore ||= events === PORTION;
  });
  return hasMore && !signal.aborted;
}

/** Brings one endpoint forward; gives how many events it was moved past. */
async function bringForward(tx: Transaction, endpointId: string): Promise<number> {
  const { rows } = await tx.executeQuery(
    preparedQuery<{ readonly events: number }>('fan_out_events', FAN_OUT, [
      endpointId,
      listWebhookTypes(),
      PORTION,
    ]),
  );
  return rows[0]?.events ?? 0;
}

// Read by the order of transactions, as everybody does who must miss nothing: see events/read-events.ts.
const FAN_OUT = `
with endpoint as (
  select id, workspace_id, event_types, position_xid, position_id from webhook_endpoints
  where id = $1 and is_enabled for update skip locked
), news as (
  select e.id, e.xid, e.type from endpoint w cross join lateral (
    select id, xid, type from events
    where workspace_id = current_workspace() and (xid, id) > (w.position_xid, w.position_id)
      and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by xid, id limit $3) e
), made as (
  insert into webhook_deliveries (workspace_id, endpoint_id, event_id)
  select w.workspace_id, w.id, n.id from news n cross join endpoint w
  where n.type = any ($2::text[]) and (w.event_types = '{}' or n.type = any (w.event_types))
  on conflict (endpoint_id, event_id) do nothing
), last as (
  select xid, id from news order by xid desc, id desc limit 1
), moved as (
  update webhook_endpoints w set position_xid = last.xid, position_id = last.id
  from last where w.id = $1
)
select count(*)::int as events from news`;
