import { type Database, inInstallation, type Transaction } from '../../db/database.ts';
import { translateError } from '../../db/errors.ts';
import { preparedQuery } from '../../db/transaction.ts';

/** A window of calls: whose, and of which endpoint. */
export interface Window {
  readonly subject: Buffer;
  readonly endpoint: string;
  /** Calls that it takes. */
  readonly most: number;
  readonly lengthMs: number;
}

/** What asking for a slot gave: a slot, or the moment of the next one. */
export type SlotAnswer =
  | { readonly takenAt: Date }
  | { readonly takenAt: null; readonly freeAt: Date; readonly freeInMs: number };

/** Takes a slot, if there is one: one statement, exact whichever process asks. */
export async function takeSlot(database: Database, window: Window): Promise<SlotAnswer> {
  const row = await ask<SlotRow>(database, 'take_slot', TAKE, [
    window.subject,
    window.endpoint,
    window.most,
    toInterval(window.lengthMs),
  ]);
  const { taken_at, free_at, free_in_ms } = row;
  if (taken_at !== null) return { takenAt: taken_at };
  return { takenAt: null, freeAt: free_at, freeInMs: free_in_ms };
}

/** Counts the call of a slot from this moment on, and returns it: the slot's new name. */
export async function moveSlot(database: Database, window: Window, takenAt: Date): Promise<Date> {
  const { subject, endpoint } = window;
  const { moved } = await ask<{ moved: Date }>(database, 'move_slot', MOVE, [
    subject,
    endpoint,
    takenAt,
  ]);
  return moved;
}

/** Looks when a window takes another call. */
export async function peekSlot(tx: Transaction, window: Window): Promise<Date> {
  const { subject, endpoint, most, lengthMs } = window;
  const values = [subject, endpoint, most, toInterval(lengthMs)];
  const query = preparedQuery<{ free_at: Date }>('peek_slot', PEEK, values);
  return required((await tx.executeQuery(query)).rows[0]).free_at;
}

/**
 * Fills a window for a while: TikTok says that it is full, whatever we have counted.
 *
 * @param waitMs - At most the window's length.
 * @returns When it has room again.
 */
export async function fillWindow(tx: Transaction, window: Window, waitMs: number): Promise<Date> {
  const { subject, endpoint, most, lengthMs } = window;
  const values = [subject, endpoint, most, toInterval(lengthMs), toInterval(waitMs)];
  const query = preparedQuery<{ free_at: Date }>('fill_window', FILL, values);
  return required((await tx.executeQuery(query)).rows[0]).free_at;
}

/** Deletes windows that hold nothing any more. */
export async function deleteIdleWindows(database: Database, limit: number): Promise<number> {
  return inInstallation(database, async (tx) => {
    const { numAffectedRows } = await tx.executeQuery(
      preparedQuery('delete_idle_windows', DELETE_IDLE, [limit]),
    );
    return Number(numAffectedRows ?? 0);
  });
}

// Exactly one pair is set; the types say so, the statement's row cannot.
type SlotRow =
  | { readonly taken_at: Date; readonly free_at: null; readonly free_in_ms: null }
  | { readonly taken_at: null; readonly free_at: Date; readonly free_in_ms: number };

const TAKE = 'select taken_at, free_at, free_in_ms from take_slot($1, $2, $3, $4::interval)';

const MOVE = 'select move_slot($1, $2, $3) as moved';

const PEEK = `
select coalesce(held[cardinality(held) - $3::int + 1] + $4::interval, app_now()) as free_at
from (select calls_within(coalesce(
  (select taken from rate_windows where subject = $1 and endpoint = $2), '{}'),
  app_now(), $4::interval) as held) w`;

// As many calls of others as it takes, made where the window lets go of them after the wait.
const FILL = `
insert into rate_windows as w (subject, endpoint, taken)
values ($1, $2, array_fill(app_now() + $5::interval - $4::interval, array[$3::int]))
on conflict (subject, endpoint) do update set taken = w.taken || excluded.taken
returning app_now() + $5::interval as free_at`;

const DELETE_IDLE = `
delete from rate_windows where (subject, endpoint) in (
  select subject, endpoint from rate_windows
  where not exists (select from unnest(taken) t where t > app_now() - interval '10 minutes')
  limit $1 for update skip locked)`;

function toInterval(ms: number): string {
  return `${ms} milliseconds`;
}

/** One statement of its own, that each connection plans once. */
async function ask<Row extends object>(
  { pool }: Database,
  name: string,
  text: string,
  values: unknown[],
): Promise<Row> {
  try {
    return required((await pool.query<Row>({ name, text, values })).rows[0]);
  } catch (error) {
    throw translateError(error);
  }
}

function required<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new Error('A statement that always has a row gave none');
  return row;
}
