import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { Clock, enableTestMode, moveClock } from '../../src/db/clock.ts';
import { type Database, inInstallation, openDatabase } from '../../src/db/database.ts';
import { listTables } from '../support/catalogue.ts';
import { connect } from '../support/connect.ts';
import { TableFiller } from '../support/fill-tables.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const HOUR_MS = 3_600_000;

/** How far `app_now()` is from the machine's own time, in whole hours. */
async function hoursInSql(database: Database): Promise<number> {
  const { rows } = await inInstallation(database, (tx) =>
    sql<{ now: Date }>`select app_now() as now`.execute(tx),
  );
  return wholeHours(rows[0]?.now ?? new Date(0));
}

function hoursInTypeScript(database: Database): number {
  return wholeHours(database.clock.now());
}

/** Adding 0 makes 0 of -0. */
function wholeHours(now: Date): number {
  return Math.round((now.getTime() - Date.now()) / HOUR_MS) + 0;
}

async function openForTests(own: TestDatabase): Promise<Database> {
  await enableTestMode(own.url);
  return openDatabase({ url: own.url });
}

test('SQL and TypeScript read the same clock, forwards and backwards', async () => {
  await using own = await createTestDatabase();
  await using database = await openForTests(own);
  for (const [hours, sum] of [
    [48, 48],
    [-72, -24],
    [24, 0],
  ] as const) {
    await moveClock(database, hours * 3600);
    expect([await hoursInSql(database), hoursInTypeScript(database)]).toEqual([sum, sum]);
  }
});

test('every process follows', async () => {
  await using own = await createTestDatabase();
  await using database = await openForTests(own);
  await using other = await openDatabase({ url: own.url });
  await moveClock(database, 5 * 3600);
  await expect.poll(() => hoursInTypeScript(other)).toBe(5);
  await using late = await openDatabase({ url: own.url });
  expect(hoursInTypeScript(late)).toBe(5);
});

test('a process whose connection was cut catches up with what it missed', async () => {
  await using own = await createTestDatabase();
  await using database = await openForTests(own);
  await using owner = await connect(own.url);
  const cut = await owner.client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'greenroom-clock' and datname = current_database()",
  );
  expect(cut.rowCount).toBe(1);
  // By another connection, so that nothing but the listening one can tell.
  await owner.client.query('select move_clock(7200)');
  await expect.poll(() => hoursInTypeScript(database)).toBe(2);
});

test('the clock of a real installation cannot be moved, by no role', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url });
  await expect(moveClock(database, 1)).rejects.toThrow('only in a test installation');
  await using owner = await connect(own.url);
  await expect(
    owner.client.query("update installation set clock_offset = '1 hour'"),
  ).rejects.toThrow('only_a_test_moves_its_clock');
  await expect(database.pool.query('update installation set is_test = true')).rejects.toThrow(
    'permission denied',
  );
  expect(await hoursInSql(database)).toBe(0);
  // And nobody listens for moves that cannot be.
  const { rowCount } = await owner.client.query(
    "select 1 from pg_stat_activity where application_name = 'greenroom-clock' and datname = current_database()",
  );
  expect(rowCount).toBe(0);
});

test('an installation with accounts cannot become a test installation', async () => {
  await using own = await createTestDatabase();
  await using owner = await connect(own.url);
  const filler = new TableFiller(owner.client);
  const workspaceId = crypto.randomUUID();
  const tables = await listTables(owner.client);
  for (const name of ['workspaces', 'accounts']) {
    const table = tables.find((candidate) => candidate.name === name);
    if (table) await filler.fill(table, workspaceId);
  }
  await expect(enableTestMode(own.url)).rejects.toThrow('has accounts');
});

test('one that is a test installation already stays one when it has accounts', async () => {
  await using own = await createTestDatabase();
  await enableTestMode(own.url);
  await enableTestMode(own.url);
  await using owner = await connect(own.url);
  expect((await owner.client.query('select is_test from installation')).rows).toEqual([
    { is_test: true },
  ]);
});

test('who waits for the clock to move hears of each move, and of no offset that it has already', () => {
  const clock = new Clock(() => 1_000);
  const heard: Date[] = [];
  clock.onMoved(() => heard.push(clock.now()));
  clock.setOffset(0);
  clock.setOffset(500);
  clock.setOffset(500);
  clock.setOffset(-500);
  expect(heard).toEqual([new Date(1_500), new Date(500)]);
});

test('the machine’s clock may jump: ours goes with it', () => {
  let machine = 1_000;
  const clock = new Clock(() => machine);
  clock.setOffset(500);
  expect(clock.now()).toEqual(new Date(1_500));
  machine = 10;
  expect(clock.now()).toEqual(new Date(510));
});
