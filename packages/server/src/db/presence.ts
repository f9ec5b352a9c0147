import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { translateError } from './errors.ts';
import type { Transaction } from './transaction.ts';

/**
 * A process's life, as the database sees it: a connection of its own that holds a session advisory lock on a number.
 *
 * When the process dies the connection ends and the lock is free, at once and without a timeout.
 */
export interface Presence {
  /** The number: what a lease stores as its owner. New each time the connection is made again. */
  readonly number: number;
  /** Ends the connection. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes this process's presence known under a new random number. */
export async function openPresence(options: { readonly url: string }): Promise<Presence> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'greenroom-presence',
    keepAlive: true,
  });
  client.on('error', () => undefined);
  const number = randomInt(1, 2 ** 31);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1::int, $2::int)', [PRESENCE, number]);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw translateError(error);
  }
  const close = () => client.end();
  return { number, close, [Symbol.asyncDispose]: close };
}

/** Whether the process of this number lives: somebody holds its lock. */
export async function isAlive(tx: Transaction, number: number): Promise<boolean> {
  const { rows } = await sql<{ is_alive: boolean }>`
    select exists (
      select from pg_locks
      where locktype = 'advisory' and granted and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())
        and classid = ${PRESENCE}::oid and objid = ${number}::oid
    ) as is_alive`.execute(tx);
  return rows[0]?.is_alive ?? false;
}

/** Class of our presence locks among the advisory locks of two numbers. */
const PRESENCE = 473_377;
