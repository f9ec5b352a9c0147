import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enableTestMode, moveClock } from '../../src/db/clock.ts';
import { inInstallation, openDatabase } from '../../src/db/database.ts';
import { startEngine } from '../../src/db/engine/engine.ts';
import { DatabaseUnavailableError } from '../../src/db/errors.ts';
import { migrate } from '../../src/db/migrate.ts';
import { isAlive, openPresence } from '../../src/db/presence.ts';

let dataFolder: string;
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'greenroom-outage-'));
});
afterAll(() => rm(dataFolder, { recursive: true, force: true }));

test('a database that goes away is told about at once, and all goes on by itself when it returns', async () => {
  const first = await startEngine({ dataFolder, isDurable: false });
  const { url } = first;
  await migrate(url);
  await enableTestMode(url);
  await using database = await openDatabase({ url, maxConnections: 4 });
  await using presence = await openPresence({ url });
  const work = () => inInstallation(database, (tx) => sql`select 1 as one`.execute(tx));
  const numberBefore = presence.number;
  // Idle connections that the outage will break.
  await Promise.all([work(), work(), work()]);

  await first.stop();
  await expect(work()).rejects.toThrow(DatabaseUnavailableError);
  await expect(work()).rejects.toThrow(/cannot be reached. Greenroom goes on by itself/);
  expect(() => presence.number).toThrow(DatabaseUnavailableError);

  await using second = await startEngine({ dataFolder, isDurable: false });
  expect(second.url).toBe(url);
  expect((await work()).rows).toEqual([{ one: 1 }]);

  // The presence is another one now: what the old one leased was up for grabs meanwhile.
  await expect.poll(() => numberOf(presence)).toBeTypeOf('number');
  expect(presence.number).not.toBe(numberBefore);
  const lives = await inInstallation(database, async (tx) => [
    await isAlive(tx, numberBefore),
    await isAlive(tx, presence.number),
  ]);
  expect(lives).toEqual([false, true]);

  // Another process moves the clock, and this one hears of it over its new connection.
  await using other = await openDatabase({ url });
  await moveClock(other, 3600);
  await expect.poll(() => database.clock.offsetMs).toBe(3_600_000);
});

function numberOf(presence: { readonly number: number }): number | undefined {
  try {
    return presence.number;
  } catch {
    return undefined;
  }
}
