import { sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * The one clock of the installation, as TypeScript reads it: the machine's time and the offset that `app_now()` adds, too.
 *
 * Only a test installation has an offset other than 0.
 */
export class Clock {
  readonly #machineNow: () => number;
  #offsetMs = 0;

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
    this.#offsetMs = offsetMs;
  }
}

/**
 * Moves the clock of a test installation, backwards by a negative number.
 *
 * This process follows before the promise resolves, others within a moment.
 *
 * @throws If the installation is not a test installation.
 */
export async function moveClock(database: Database, seconds: number): Promise<void> {
  await sql`select move_clock(${seconds})`.execute(database.kysely);
  await readClock(database);
}

/** Makes this process follow the installation's offset, and returns it. */
export async function readClock(database: Database): Promise<void> {
  const { offset_ms } = await database.kysely
    .selectFrom('installation')
    .select(sql<number>`(extract(epoch from clock_offset) * 1000)::float8`.as('offset_ms'))
    .executeTakeFirstOrThrow();
  database.clock.setOffset(offset_ms);
}
