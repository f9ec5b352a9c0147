import { sql } from 'kysely';
import type { Vault } from '../../accounts/vault/vault.ts';
import type { Position } from '../../db/position.ts';
import type { Transaction } from '../../db/transaction.ts';
import { listWebhookTypes } from '../../events/event-types.ts';
import type { EventRow } from '../../events/read-events.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { secretPlace } from './endpoint-secret.ts';
import type { DeliveryState } from './tables.ts';

/** A delivery, as it is shown. */
export interface DeliveryRow {
  readonly id: string;
  readonly endpoint_id: string;
  readonly event_id: number;
  readonly type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly next_try_at: Date;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly last_tried_at: Date | null;
  readonly delivered_at: Date | null;
  readonly created_at: Date;
}

const COLUMNS = sql`d.id, d.endpoint_id, d.event_id, e.type, d.state, d.attempts, d.next_try_at,
  d.last_status, d.last_error, d.last_tried_at, d.delivered_at, d.created_at`;

/** Deliveries of an endpoint, newest first. */
export async function listDeliveries(
  tx: Transaction,
  endpointId: string,
  page: {
    readonly after: Position | undefined;
    readonly limit: number;
    readonly state: DeliveryState | undefined;
  },
): Promise<DeliveryRow[]> {
  const { after, limit, state } = page;
  const conditions = [
    sql`d.endpoint_id = ${endpointId}`,
    ...(state === undefined ? [] : [sql`d.state = ${state}`]),
    ...(after === undefined ? [] : [sql`(d.created_at, d.id) < (${after.at}, ${after.id}::uuid)`]),
  ];
  const { rows } = await sql<DeliveryRow>`
    select ${COLUMNS} from webhook_deliveries d join events e on e.id = d.event_id
    where ${sql.join(conditions, sql` and `)}
    order by d.created_at desc, d.id desc limit ${limit}`.execute(tx);
  return rows;
}

/** @throws {ProblemError} `not-found`. */
export async function getDelivery(tx: Transaction, id: string): Promise<DeliveryRow> {
  const { rows } = await sql<DeliveryRow>`
    select ${COLUMNS} from webhook_deliveries d join events e on e.id = d.event_id
    where d.id = ${id}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new ProblemError('not-found', 'There is no such delivery.');
  return row;
}

/** Sends one delivery again, at once; one that is on its way begins its tries anew. */
export async function replayDelivery(tx: Transaction, id: string): Promise<DeliveryRow> {
  await sql`
    update webhook_deliveries set state = 'pending', attempts = 0, next_try_at = app_now(),
      last_status = null, last_error = null, delivered_at = null
    where id = ${id}`.execute(tx);
  return getDelivery(tx, id);
}

/** Events that one replay sends again, and those that happened at the same moment as the last. */
const MOST_REPLAYED = 10_000;

/** What a replay came to. */
export interface Replay {
  readonly deliveries: number;
  /** Where the next one begins; `null`: that was all. */
  readonly nextSince: Date | null;
}

/** Sends again what happened since an instant, and what was never sent of it: oldest first, a portion at a time. */
export async function replaySince(
  tx: Transaction,
  endpointId: string,
  since: Date,
): Promise<Replay> {
  const { rows } = await sql<{ deliveries: number; next_since: Date | null }>`
    with wanted as (
      select w.workspace_id, w.id as endpoint_id, e.id as event_id, e.at from webhook_endpoints w
      join events e on e.workspace_id = w.workspace_id and e.at >= ${since}
        and (e.xid, e.id) <= (w.position_xid, w.position_id)
        and e.type = any (${[...listWebhookTypes()]}::text[])
        and (w.event_types = '{}' or e.type = any (w.event_types))
      where w.id = ${endpointId}
    ), portion as (
      select * from wanted order by at fetch first ${sql.lit(MOST_REPLAYED)} rows with ties
    ), made as (
      insert into webhook_deliveries (workspace_id, endpoint_id, event_id)
      select workspace_id, endpoint_id, event_id from portion
      on conflict (endpoint_id, event_id) do update set state = 'pending', attempts = 0,
        next_try_at = app_now(), last_status = null, last_error = null, delivered_at = null
      returning id
    )
    select (select count(*)::int from made) as deliveries,
      (select min(at) from wanted where at > (select max(at) from portion)) as next_since`.execute(
    tx,
  );
  const { deliveries = 0, next_since: nextSince = null } = rows[0] ?? {};
  return { deliveries, nextSince };
}

/** Makes an event for one endpoint alone, and its delivery. */
export async function makeTestDelivery(tx: Transaction, endpointId: string): Promise<DeliveryRow> {
  const { rows: made } = await sql<{ id: number }>`
    insert into events (workspace_id, type) values (current_workspace(), 'webhook.test')
    returning id`.execute(tx);
  // A statement of its own: the policy looks whether the event is there.
  const { rows } = await sql<{ id: string }>`
    insert into webhook_deliveries (workspace_id, endpoint_id, event_id)
    values (current_workspace(), ${endpointId}, ${made[0]?.id}) returning id`.execute(tx);
  return getDelivery(tx, rows[0]?.id ?? '');
}

/** What a delivery takes to be sent. */
export interface Outgoing {
  readonly url: string;
  /** Secrets to sign with: the present one, and while they overlap the one before. */
  readonly secrets: readonly string[];
  readonly event: Omit<EventRow, 'xid'>;
}

interface OutgoingRow extends Omit<EventRow, 'xid'> {
  readonly endpoint_id: string;
  readonly workspace_id: string;
  readonly url: string;
  readonly secret_sealed: Buffer;
  readonly previous_secret_sealed: Buffer | null;
}

/** Reads what a claimed delivery takes to be sent; `undefined` where it was removed or its endpoint disabled meanwhile. */
export async function readOutgoing(
  tx: Transaction,
  vault: Vault,
  deliveryId: string,
): Promise<Outgoing | undefined> {
  const { rows } = await sql<OutgoingRow>`
    select e.id, e.at, e.type, e.post_id, e.account_id, e.attempt_id, e.details,
      w.id as endpoint_id, w.workspace_id, w.url, w.secret_sealed,
      case when w.previous_expires_at > app_now() then w.previous_secret_sealed end as previous_secret_sealed
    from webhook_deliveries d join webhook_endpoints w on w.id = d.endpoint_id
    join events e on e.id = d.event_id
    where d.id = ${deliveryId} and w.is_enabled`.execute(tx);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { endpoint_id, previous_secret_sealed, secret_sealed, url, workspace_id, ...event } = row;
  const place = secretPlace(workspace_id, endpoint_id, 'secret_sealed');
  const secrets = [await vault.openText(tx, place, secret_sealed)];
  if (previous_secret_sealed !== null) {
    const previous = secretPlace(workspace_id, endpoint_id, 'previous_secret_sealed');
    secrets.push(await vault.openText(tx, previous, previous_secret_sealed));
  }
  return { url, secrets, event };
}
