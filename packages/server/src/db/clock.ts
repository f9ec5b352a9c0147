import { sql } from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';
import { LastingConnection } from './lasting-connection.ts';

/**
 * The one clock of the installation as TypeScript reads it: the machine's time, and the offset that `app_now()` adds too.
 *
 * Only a test installation has an offset other than 0.
 */
export class Clock {
  readonly #machineNow: () => number;
  #offsetMs = 0;
  #onMoved: (() => void) | undefined;

  /** @param machineNow - Milliseconds since 1970 by the machine; another source only in tests. */
  constructor(machineNow: () => number = Date.now) {
    this.#machineNow = machineNow;
  }

  /** The present instant. */
  now(): Date {
    return new Date(this.#machineNow() + this.#offsetMs);
  }

  /** What is added to the machine's time. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Takes the offset that the installation has now. */
  setOffset(offsetMs: number): void {
    const isMoved = offsetMs !== this.#offsetMs;
    this.#offsetMs = offsetMs;
    if (isMoved) this.#onMoved?.();
  }

  /** Sets the one listener, which is told each time that the offset has become another one. */
  onMoved(listener: () => void): void {
    this.#onMoved = listener;
  }
}

/**
 * Makes an installation a test installation, whose clock may be moved. It stays one.
 *
 * Processes that run already follow the clock after their next start.
 *
 * @param ownerUrl - Address with the user that owns the schema.
 * @throws If the installation has accounts: a real one must never be moved through time.
 */
export async function enableTestMode(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('update public.installation set is_test = true where not is_test');
  } finally {
    await client.end();
  }
}

/**
 * Moves the clock of a test installation, backwards by a negative number.
 *
 * This process follows before the promise resolves, others as soon as they are notified.
 *
 * @throws If the installation is not a test installation.
 */
export async function moveClock(database: Database, seconds: number): Promise<void> {
  const { rows } = await sql<{ offset_ms: number }>`
    select move_clock(${seconds}) as offset_ms`.execute(database.kysely);
  for (const { offset_ms } of rows) database.clock.setOffset(offset_ms);
}

/**
 * Makes `clock` follow the installation's.
 *
 * Only a test installation's can move: there a connection of its own listens, which tells every process within a
 * millisecond and costs a real installation nothing. A poll would be late, or busy.
 *
 * @returns What ends it; `undefined` when there is nothing to follow.
 */
export async function followClock(
  clock: Clock,
  pool: pg.Pool,
  url: string,
): Promise<LastingConnection | undefined> {
  const { rows } = await pool.query<{ is_test: boolean }>('select is_test from installation');
  if (!rows[0]?.is_test) return undefined;
  return LastingConnection.open({
    url,
    applicationName: 'greenroom-clock',
    prepare: (client) => listen(client, clock),
  });
}

async function listen(client: pg.Client, clock: Clock): Promise<void> {
  client.on('notification', ({ payload }) => clock.setOffset(Number(payload)));
  // In this order, or a move between the two would be missed.
  await client.query('listen greenroom_clock');
  const { rows } = await client.query<{ offset_ms: number }>(
    'select (extract(epoch from clock_offset) * 1000)::float8 as offset_ms from public.installation',
  );
  for (const { offset_ms } of rows) clock.setOffset(offset_ms);
}
