import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import type { Migration } from '../../src/db/migrations/migration.ts';
import { migrations } from '../../src/db/migrations/migrations.ts';
import { judgeServerVersion } from '../../src/db/schema-version.ts';
import { connect } from '../support/connect.ts';
import { createTestDatabase } from '../support/test-database.ts';

const numbers = migrations.map(({ number }) => number);

test('steps are numbered from 1, without gaps', () => {
  expect(numbers).toEqual(migrations.map((_, index) => index + 1));
});

test('an empty database gets every step, once', async () => {
  await using own = await createTestDatabase({ isEmpty: true });
  expect(await migrate(own.url)).toEqual({ applied: numbers, version: numbers.length });
  expect(await migrate(own.url)).toEqual({ applied: [], version: numbers.length });
});

test('several processes migrate at once: one works, the others find it done', async () => {
  await using own = await createTestDatabase({ isEmpty: true });
  const reports = await Promise.all(Array.from({ length: 6 }, () => migrate(own.url)));
  expect(reports.flatMap(({ applied }) => applied)).toEqual(numbers);
});

test('a step that fails leaves nothing behind, and the steps before it stay', async () => {
  await using own = await createTestDatabase({ isEmpty: true });
  const steps: Migration[] = [
    { number: 1, name: 'good', sql: 'create table kept (id int)' },
    { number: 2, name: 'bad', sql: 'create table gone (id int); select 1 / 0' },
    { number: 3, name: 'never', sql: 'create table never (id int)' },
  ];
  await expect(migrate(own.url, { migrations: steps })).rejects.toMatchObject({
    code: 'migration_failed',
    message: expect.stringMatching(/Step 2 \(bad\) .* nothing of it was kept: division by zero/),
  });
  await using owner = await connect(own.url);
  const { rows } = await owner.client.query(`
    select to_regclass('kept') is not null as kept, to_regclass('gone') is not null as gone,
      to_regclass('never') is not null as never, array(select number from schema_migrations) as steps`);
  expect(rows).toEqual([{ kept: true, gone: false, never: false, steps: [1] }]);
});

test('a step that waits too long for a table gives up, and can be tried again', async () => {
  await using own = await createTestDatabase({ isEmpty: true });
  const first: Migration = { number: 1, name: 'make', sql: 'create table busy (id int)' };
  const second: Migration = { number: 2, name: 'alter', sql: 'alter table busy add column x int' };
  await migrate(own.url, { migrations: [first] });
  await using reader = await connect(own.url);
  await reader.client.query('begin; select * from busy');
  const attempt = () => migrate(own.url, { migrations: [first, second], lockTimeoutMs: 100 });
  await expect(attempt()).rejects.toMatchObject({ code: 'migration_failed' });
  await reader.client.query('rollback');
  expect(await attempt()).toEqual({ applied: [2], version: 2 });
});

test('who waits too long for another migration says where to look', async () => {
  await using own = await createTestDatabase({ isEmpty: true });
  const slow: Migration = { number: 1, name: 'slow', sql: 'select pg_sleep(1)' };
  const working = migrate(own.url, { migrations: [slow] });
  await using owner = await connect(own.url);
  await expect
    .poll(
      async () =>
        (
          await owner.client.query(
            "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
          )
        ).rowCount,
    )
    .toBe(1);
  await expect(migrate(own.url, { migrations: [slow], waitMs: 100 })).rejects.toMatchObject({
    code: 'migration_failed',
    message: expect.stringContaining('pg_stat_activity'),
  });
  await working;
});

describe('a schema that is not this version’s is refused', () => {
  const future: Migration = {
    number: numbers.length + 1,
    name: 'future',
    sql: 'create table future (id int)',
  };

  test('newer: by the one who would migrate and by the one who would work', async () => {
    await using own = await createTestDatabase();
    await migrate(own.url, { migrations: [...migrations, future] });
    const refusal = {
      code: 'schema_newer',
      message: `The database has schema ${future.number}, and this version of Greenroom knows schema ${numbers.length} at most. Start the newer version of Greenroom that made it, or restore a backup from before the upgrade.`,
    };
    await expect(migrate(own.url)).rejects.toMatchObject(refusal);
    await expect(openDatabase({ url: own.url })).rejects.toMatchObject(refusal);
    await using owner = await connect(own.url);
    const { rows } = await owner.client.query(
      'select max(number) as newest from schema_migrations',
    );
    expect(rows).toEqual([{ newest: future.number }]);
  });

  test('older: by the one who would work', async () => {
    await using own = await createTestDatabase({ isEmpty: true });
    const refusal = { code: 'schema_older', message: expect.stringContaining('greenroom serve') };
    await expect(openDatabase({ url: own.url })).rejects.toMatchObject(refusal);
    await migrate(own.url, { migrations: migrations.slice(0, -1) });
    await expect(openDatabase({ url: own.url })).rejects.toMatchObject(refusal);
    await migrate(own.url);
    await (await openDatabase({ url: own.url })).close();
  });

  test('with a step in another form', async () => {
    await using own = await createTestDatabase();
    await using owner = await connect(own.url);
    await owner.client.query("update schema_migrations set checksum = 'other' where number = 2");
    const refusal = { code: 'schema_changed', message: expect.stringContaining('Step 2') };
    await expect(migrate(own.url)).rejects.toMatchObject(refusal);
    await expect(openDatabase({ url: own.url })).rejects.toMatchObject(refusal);
  });
});

test.each([
  { version: '14.12', number: 140_012, isRefused: true },
  { version: '9.6.24', number: 90_624, isRefused: true },
  { version: '15.0', number: 150_000, isRefused: false },
  { version: '18.4', number: 180_004, isRefused: false },
])('PostgreSQL $version is refused: $isRefused', ({ version, number, isRefused }) => {
  const judge = () => judgeServerVersion(version, number);
  if (isRefused) expect(judge).toThrow(`PostgreSQL ${version}; Greenroom needs 15 or later`);
  else expect(judge).not.toThrow();
});

describe('an address that does not lead to a database', () => {
  test.each([
    {
      wrong: 'a port where nobody listens',
      change: (url: URL) => ({ href: url.href.replace(/@.*$/, '@127.0.0.1:1/x') }),
      error: { name: 'DatabaseUnavailableError' },
    },
    {
      wrong: 'the name of the database',
      change: (url: URL) => Object.assign(url, { pathname: '/nowhere' }),
      error: { code: 'access_refused', message: expect.stringContaining('does not exist') },
    },
    {
      wrong: 'the password',
      change: (url: URL) => Object.assign(url, { password: 'wrong' }),
      error: { code: 'access_refused', message: expect.stringContaining('password') },
    },
  ])('is told apart: $wrong', async ({ change, error }) => {
    await using own = await createTestDatabase();
    const { href } = change(new URL(own.url));
    await expect(migrate(href)).rejects.toMatchObject(error);
    await expect(openDatabase({ url: href })).rejects.toMatchObject(error);
  });
});
