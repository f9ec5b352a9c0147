import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { preparedQuery, type Transaction } from '../db/transaction.ts';

/** Where an event belongs: ids only. */
export interface EventPlace {
  readonly accountId: string;
  readonly workspaceId: string;
  readonly appId: string;
}

/** Finds the account that an event is about, in whichever workspace it is or was connected. */
export async function findEventPlace(
  database: Database,
  clientKey: string,
  openId: string,
): Promise<EventPlace | undefined> {
  const { rows } = await sql<{ account_id: string; workspace_id: string; app_id: string }>`
    select account_id, workspace_id, app_id
    from find_account(${clientKey}, ${openId})`.execute(database.kysely);
  const [row] = rows;
  return row && { accountId: row.account_id, workspaceId: row.workspace_id, appId: row.app_id };
}

/** Stores an event as it came; a second delivery of it changes nothing. Whether it is the first. */
export async function insertEvent(
  tx: Transaction,
  event: {
    readonly workspaceId: string | null;
    readonly appId: string;
    readonly accountId: string | null;
    readonly keyHash: Buffer;
    readonly name: string;
    readonly happenedAt: Date;
    readonly body: Buffer;
  },
): Promise<boolean> {
  const { rows } = await sql`
    insert into webhook_events
      (workspace_id, app_id, account_id, key_hash, event, happened_at, body)
    values (${event.workspaceId}, ${event.appId}, ${event.accountId}, ${event.keyHash},
      ${event.name}, ${event.happenedAt}, ${event.body})
    on conflict (app_id, key_hash) do nothing
    returning id`.execute(tx);
  return rows.length > 0;
}

/** An event that is to be processed. */
export interface ClaimedEvent {
  readonly eventId: string;
  /** Null while no workspace knows the account. */
  readonly workspaceId: string | null;
}

/**
 * Takes up to `most` events that are due, and puts their next try off: a process that is killed on the
 * way leaves them to the next one.
 */
export async function claimEvents(
  database: Database,
  kinds: readonly string[],
  most: number,
): Promise<ClaimedEvent[]> {
  const { rows } = await sql<{ event_id: string; workspace_id: string | null }>`
    select event_id, workspace_id
    from claim_webhook_events(${[...kinds]}, ${most})`.execute(database.kysely);
  return rows.map((row) => ({ eventId: row.event_id, workspaceId: row.workspace_id }));
}

/** An event that has not been processed. */
export interface PendingEvent {
  readonly event: string;
  readonly account_id: string | null;
  readonly happened_at: Date;
  readonly received_at: Date;
  readonly body: Buffer;
}

/** Reads an event that has not been processed, and keeps others from it until the transaction ends. */
export async function lockPendingEvent(
  tx: Transaction,
  eventId: string,
): Promise<PendingEvent | undefined> {
  const query = preparedQuery<PendingEvent>('lock_webhook_event', LOCK_EVENT, [eventId]);
  return (await tx.executeQuery(query)).rows[0];
}

const LOCK_EVENT = `
select event, account_id, happened_at, received_at, body from webhook_events
where id = $1 and processed_at is null for update`;

/** Lets an event wait for this long before it is looked at again. */
export async function putOffEvent(
  tx: Transaction,
  eventId: string,
  pauseMs: number,
): Promise<void> {
  await tx
    .updateTable('webhook_events')
    .set({ next_try_at: sql<Date>`app_now() + ${pauseMs}::float8 * interval '1 millisecond'` })
    .where('id', '=', eventId)
    .execute();
}

/** Marks an event as processed. */
export async function endEvent(tx: Transaction, eventId: string, outcome: string): Promise<void> {
  await tx.executeQuery(preparedQuery('end_webhook_event', END_EVENT, [eventId, outcome]));
}

const END_EVENT = 'update webhook_events set processed_at = app_now(), outcome = $2 where id = $1';
