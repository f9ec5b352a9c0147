import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import type pg from 'pg';
import { DatabaseUnavailableError } from './errors.ts';
import { LastingConnection } from './lasting-connection.ts';
import type { Transaction } from './transaction.ts';

/**
 * A process's life, as the database sees it: a connection of its own that holds a session advisory lock on a number.
 *
 * When the process dies its connection ends and the lock is free, at once and without a timeout. A lost
 * connection is made again under a new number, since others may have taken the old one for dead.
 */
export class Presence {
  #connection: LastingConnection | undefined;
  #number: number | undefined;

  /** Makes this process's presence known. @throws {DatabaseUnavailableError} If the database cannot be reached. */
  static async open(options: { readonly url: string }): Promise<Presence> {
    const presence = new Presence();
    presence.#connection = await LastingConnection.open({
      url: options.url,
      applicationName: 'greenroom-presence',
      prepare: async (client) => {
        presence.#number = await takeNumber(client);
      },
      onLost: () => {
        presence.#number = undefined;
      },
    });
    return presence;
  }

  /**
   * What a lease stores as its owner: ask each time, it changes when the connection was lost.
   *
   * @throws {DatabaseUnavailableError} While the connection is lost: what is leased now would look abandoned.
   */
  get number(): number {
    if (this.#number === undefined) {
      throw new DatabaseUnavailableError(new Error("The process's presence is lost"));
    }
    return this.#number;
  }

  /** Ends it: leases of this process may be taken over. */
  async close(): Promise<void> {
    await this.#connection?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Makes this process's presence known under a new random number. */
export function openPresence(options: { readonly url: string }): Promise<Presence> {
  return Presence.open(options);
}

/** Whether the process of this number lives; in SQL, `is_alive(number)`. */
export async function isAlive(tx: Transaction, number: number): Promise<boolean> {
  const { rows } = await sql<{ is_alive: boolean }>`select is_alive(${number})`.execute(tx);
  return rows[0]?.is_alive ?? false;
}

async function takeNumber(client: pg.Client): Promise<number> {
  // A machine that vanishes sends no farewell: its silence is noticed after some 25 s.
  await client.query(
    'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
  );
  while (true) {
    const number = randomInt(1, 2 ** 31);
    const { rows } = await client.query<{ is_mine: boolean }>(
      'select pg_try_advisory_lock($1::int, $2::int) as is_mine',
      [PRESENCE_CLASS, number],
    );
    if (rows[0]?.is_mine) return number;
  }
}

/** First of the two numbers of a presence lock; `is_alive` of migration 0001 has it, too. */
export const PRESENCE_CLASS = 473_377;
