import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Database, inInstallation, openDatabase } from '../../src/db/database.ts';
import { isAlive, openPresence } from '../../src/db/presence.ts';
import { connect } from '../support/connect.ts';
import { createTestDatabase } from '../support/test-database.ts';

function lives(database: Database, number: number): Promise<boolean> {
  return inInstallation(database, (tx) => isAlive(tx, number));
}

test('a process lives as long as its presence is open', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url });
  const presence = await openPresence({ url: own.url });
  const { number } = presence;
  expect(await lives(database, number)).toBe(true);
  // Asking takes nothing away: it may be asked again, by many at once.
  expect(await Promise.all([1, 2, 3].map(() => lives(database, number)))).toEqual([
    true,
    true,
    true,
  ]);
  await presence.close();
  await expect.poll(() => lives(database, number)).toBe(false);
});

test('a process that is killed is dead at once', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url });
  const child = spawn(
    process.execPath,
    [
      '--conditions=@greenroom/source',
      `${import.meta.dirname}/../support/hold-presence.ts`,
      own.url,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(child.stdout, 'data');
  const number = Number(line);
  expect(await lives(database, number)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await expect.poll(() => lives(database, number)).toBe(false);
});

test('a presence whose connection was cut comes back under another number', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url });
  await using presence = await openPresence({ url: own.url });
  const { number } = presence;
  await using owner = await connect(own.url);
  await owner.client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'greenroom-presence' and datname = current_database()",
  );
  await expect.poll(() => lives(database, number)).toBe(false);
  await expect.poll(() => presence.number).not.toBe(number);
  expect(await lives(database, presence.number)).toBe(true);
});

test('a number that nobody holds is dead', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url });
  expect(await lives(database, 1)).toBe(false);
});
