import { expect } from 'vitest';

/** Asks the database as its owner. */
type Ask = <Row extends object>(query: string) => Promise<Row[]>;

/**
 * Waits until nothing can come before the events that are there: transactions of other databases of the same engine
 * count too, and other tests run there.
 */
export async function eventsSettled(ask: Ask): Promise<void> {
  await expect
    .poll(
      () =>
        ask('select id from events where xid >= pg_snapshot_xmin(pg_current_snapshot()) limit 1'),
      { timeout: 15_000, interval: 20 },
    )
    .toEqual([]);
}
