import { randomInt } from 'node:crypto';
import { LastingConnection } from '../../db/lasting-connection.ts';

/**
 * The life of a process that publishes, as the database sees it: a connection of its own that holds a session advisory
 * lock on the number by which DBOS knows the process.
 *
 * When the process dies its connection ends, the lock is free, and others take its work over. A lost connection
 * takes the same number again: DBOS has no other for as long as the process lives. What others took over meanwhile
 * does no harm, for an attempt obeys one run only (`attempt-store.ts`).
 */
export class ExecutorLock {
  #connection: LastingConnection | undefined;
  /** The number, as DBOS keeps it: `executor_id`. */
  readonly executorId: string;
  /** Since when the lock is held, after it was lost; in milliseconds of this process's life. */
  #heldAgainSince = Number.NEGATIVE_INFINITY;

  private constructor(executorId: string) {
    this.executorId = executorId;
  }

  /**
   * Whether the others have had the time to make themselves known: what took our lock away, a database that went away,
   * took theirs, and each takes its own again as soon as it can.
   */
  get isSettled(): boolean {
    return performance.now() - this.#heldAgainSince > SETTLED_AFTER_MS;
  }

  /** Makes this process known. @throws {DatabaseUnavailableError} If the database cannot be reached. */
  static async take(url: string): Promise<ExecutorLock> {
    const number = randomInt(1, 2 ** 31);
    const lock = new ExecutorLock(String(number));
    lock.#connection = await LastingConnection.open({
      url,
      applicationName: 'greenroom-publisher',
      // Who comes back after others look for the dead is taken for one of them.
      longestPauseMs: 300,
      connectTimeoutMs: 2_000,
      onLost: () => {
        lock.#heldAgainSince = Number.POSITIVE_INFINITY;
      },
      prepare: async (client) => {
        // A machine that vanishes sends no farewell: its silence is noticed after some 25 s.
        await client.query(
          'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
        );
        // Not at once after a loss: the server may not have noticed it, and holds the lock for the old connection.
        const { rows } = await client.query<{ is_mine: boolean }>(
          'select pg_try_advisory_lock($1::int, $2::int) as is_mine',
          [EXECUTOR_CLASS, number],
        );
        if (!rows[0]?.is_mine) throw new Error('The former connection is not gone yet');
        if (!lock.isSettled) lock.#heldAgainSince = performance.now();
      },
    });
    return lock;
  }

  /** Ends it: what this process had under way may be taken over. */
  async release(): Promise<void> {
    await this.#connection?.close();
  }
}

/** First of the two numbers of the lock; the second is the executor's own. */
export const EXECUTOR_CLASS = 473_378;

/** How long after the database came back nobody counts as dead. */
export const SETTLED_AFTER_MS = 5_000;
