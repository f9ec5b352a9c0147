import type { Duplex } from 'node:stream';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { moveClock } from '../../src/db/clock.ts';
import { type Database, inInstallation, inWorkspace, openDatabase } from '../../src/db/database.ts';
import { DatabaseFullError, DatabaseUnavailableError } from '../../src/db/errors.ts';
import { migrate } from '../../src/db/migrate.ts';
import { preparedQuery } from '../../src/db/transaction.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { connect } from '../support/connect.ts';
import { createTestDatabase } from '../support/test-database.ts';

/** A workspace with nothing in it. */
async function createWorkspace(database: Database, name = 'a workspace'): Promise<string> {
  const id = crypto.randomUUID();
  await inWorkspace(database, id, (tx) =>
    tx.insertInto('workspaces').values({ id, name }).execute(),
  );
  return id;
}

describe('scope', () => {
  test('a transaction sees the rows of its workspace, and no other', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const ids = [await createWorkspace(database), await createWorkspace(database)];
    for (const id of ids) {
      const seen = await inWorkspace(database, id, (tx) =>
        tx.selectFrom('workspaces').select('id').execute(),
      );
      expect(seen).toEqual([{ id }]);
    }
    const inNone = await inInstallation(database, (tx) =>
      tx.selectFrom('workspaces').select('id').execute(),
    );
    expect(inNone).toEqual([]);
    expect(await database.kysely.selectFrom('workspaces').select('id').execute()).toEqual([]);
  });

  test('ends with the transaction, committed or not, on the same connection', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url, maxConnections: 1 });
    const id = await createWorkspace(database);
    const scope = () =>
      inInstallation(database, async (tx) => {
        const { rows } = await sql<{ id: string | null }>`select current_workspace() as id`.execute(
          tx,
        );
        return rows[0]?.id;
      });
    expect(await scope()).toBeNull();
    await expect(inWorkspace(database, id, () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    expect(await scope()).toBeNull();
  });

  test.each(['', 'x', "'; drop table workspaces; --", '0'.repeat(36)])(
    'refuses %j as a workspace before any query',
    async (id) => {
      await using own = await createTestDatabase();
      await using database = await openDatabase({ url: own.url });
      await expect(inWorkspace(database, id, () => Promise.resolve())).rejects.toThrow(RangeError);
      expect(database.pool.totalCount).toBeLessThanOrEqual(1);
    },
  );
});

describe('a transaction', () => {
  test('that throws leaves nothing', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const id = await createWorkspace(database, 'before');
    const failing = inWorkspace(database, id, async (tx) => {
      await tx.updateTable('workspaces').set({ name: 'after' }).execute();
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    const rows = await inWorkspace(database, id, (tx) =>
      tx.selectFrom('workspaces').select('name').execute(),
    );
    expect(rows).toEqual([{ name: 'before' }]);
  });

  test('hands on an error of its work as it is, whatever it looks like', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const error = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    await expect(inInstallation(database, () => Promise.reject(error))).rejects.toBe(error);
  });

  test('whose failed statement was swallowed is not taken for committed', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const id = await createWorkspace(database);
    const failing = inWorkspace(database, id, async (tx) => {
      await sql`select 1 / 0`.execute(tx).catch(() => undefined);
      return 'done';
    });
    await expect(failing).rejects.toThrow('its error was swallowed');
  });

  test('counts the rows that it changed', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const id = await createWorkspace(database);
    const result = await inWorkspace(database, id, (tx) =>
      tx.updateTable('workspaces').set({ name: 'other' }).executeTakeFirst(),
    );
    expect(result.numUpdatedRows).toBe(1n);
  });

  test('runs prepared statements, again and again on the same connection', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url, maxConnections: 1 });
    for (const value of [1, 2, 3]) {
      const { rows } = await inInstallation(database, (tx) =>
        tx.executeQuery(
          preparedQuery<{ doubled: number }>('double', 'select $1::int * 2 as doubled', [value]),
        ),
      );
      expect(rows).toEqual([{ doubled: value * 2 }]);
    }
    const prepared = await database.pool.query(
      "select 1 from pg_prepared_statements where name = 'double'",
    );
    expect(prepared.rowCount).toBe(1);
  });
});

test('every connection takes the role, the search path, UTC and the time-outs', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({
    url: own.url,
    statementTimeoutMs: 1_000,
    lockTimeoutMs: 2_000,
    idleTransactionTimeoutMs: 3_000,
    applicationName: 'greenroom-test',
  });
  const read = `select current_user as role, session_user <> current_user as is_set,
    current_setting('search_path') as search_path, current_setting('timezone') as timezone,
    current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle,
    current_setting('client_connection_check_interval') as client_check,
    current_setting('application_name') as name`;
  const answers = await Promise.all([1, 2, 3].map(() => database.pool.query(read)));
  expect(database.pool.totalCount).toBe(3);
  for (const { rows } of answers) {
    expect(rows).toEqual([
      {
        role: 'greenroom_app',
        is_set: true,
        search_path: 'public',
        timezone: 'UTC',
        statement: '1s',
        lock: '2s',
        idle: '3s',
        client_check: '2s',
        name: 'greenroom-test',
      },
    ]);
  }
});

test.each([
  { server: 'off', ours: 'on' },
  { server: 'local', ours: 'local' },
  { server: 'remote_apply', ours: 'remote_apply' },
])(
  'no commit gets lost with a server whose synchronous_commit is $server',
  async ({ ours, server }) => {
    await using own = await createTestDatabase();
    const name = new URL(own.url).pathname.slice(1);
    await askAsOwner(own.url, `alter database "${name}" set synchronous_commit = '${server}'`);
    await using database = await openDatabase({ url: own.url });
    const { rows } = await database.pool.query('show synchronous_commit');
    expect(rows).toEqual([{ synchronous_commit: ours }]);
  },
);

describe('values', () => {
  test('bigint is a number, and one that would be rounded is refused', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const { rows } = await database.pool.query(
      'select 9007199254740991 as most, count(*) as n from workspaces',
    );
    expect(rows).toEqual([{ most: Number.MAX_SAFE_INTEGER, n: 0 }]);
    await expect(database.pool.query('select 9007199254740993 as too_big')).rejects.toThrow(
      RangeError,
    );
    expect((await database.pool.query('select 1 as still')).rows).toEqual([{ still: 1 }]);
  });

  test('an instant of app_now() survives the way through a Date and back', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    await inInstallation(database, async (tx) => {
      const { rows } = await sql<{ now: Date }>`select app_now() as now`.execute(tx);
      const { rows: same } =
        await sql`select ${rows[0]?.now}::timestamptz = app_now() as is_same`.execute(tx);
      expect(same).toEqual([{ is_same: true }]);
    });
  });
});

describe('what fails has a name', () => {
  test('a statement that runs too long is cancelled, and its connection goes on', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({
      url: own.url,
      maxConnections: 1,
      statementTimeoutMs: 50,
    });
    const slow = inInstallation(database, (tx) => sql`select pg_sleep(10)`.execute(tx));
    await expect(slow).rejects.toMatchObject({ code: '57014' });
    const { rows } = await inInstallation(database, (tx) => sql`select 1 as one`.execute(tx));
    expect(rows).toEqual([{ one: 1 }]);
  });

  test('a full disk', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const full = inInstallation(database, (tx) =>
      sql`do $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$`.execute(
        tx,
      ),
    );
    await expect(full).rejects.toThrow(DatabaseFullError);
  });

  test('a connection that is cut in the middle; the pool makes another', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url, maxConnections: 1 });
    const cut = inInstallation(database, async (tx) => {
      // The role of the application may not do this, not even to itself.
      await sql`reset role`.execute(tx);
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx);
    });
    await expect(cut).rejects.toMatchObject({ name: 'DatabaseUnavailableError', isUnclear: false });
    const { rows } = await inInstallation(database, (tx) => sql`select 1 as one`.execute(tx));
    expect(rows).toEqual([{ one: 1 }]);
  });

  test('a connection that is cut between two statements does not end the process', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url, maxConnections: 2 });
    await using owner = await connect(own.url);
    const cut = inInstallation(database, async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      const pid = rows[0]?.pid;
      await owner.client.query('select pg_terminate_backend($1)', [pid]);
      await expect
        .poll(
          async () =>
            (await owner.client.query('select 1 from pg_stat_activity where pid = $1', [pid]))
              .rowCount,
        )
        .toBe(0);
      await sql`select 1`.execute(tx);
    });
    await expect(cut).rejects.toThrow(DatabaseUnavailableError);
  });

  test('a connection that is cut while it commits is unclear', async () => {
    await using own = await createTestDatabase();
    await using owner = await connect(own.url);
    await owner.client.query(`
      create function cut() returns trigger language plpgsql security definer as
        $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
      grant execute on function cut() to greenroom_app;
      create constraint trigger cut after insert on workspaces deferrable initially deferred
        for each row execute function cut()`);
    await using database = await openDatabase({ url: own.url });
    await expect(createWorkspace(database)).rejects.toMatchObject({
      name: 'DatabaseUnavailableError',
      isUnclear: true,
    });
  });

  test('a database that takes no connections for now', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url, maxConnections: 1 });
    // Nobody may close the door behind himself.
    await using neighbour = await createTestDatabase({ isEmpty: true });
    await using owner = await connect(neighbour.url);
    const name = new URL(own.url).pathname.slice(1);
    await owner.client.query(`
      alter database ${name} allow_connections false;
      select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    const work = () => inInstallation(database, (tx) => sql`select 1`.execute(tx));
    await expect.poll(() => database.pool.totalCount).toBe(0);
    await expect(work()).rejects.toThrow(DatabaseUnavailableError);
    await expect(openDatabase({ url: own.url })).rejects.toThrow(DatabaseUnavailableError);
    await expect(migrate(own.url)).rejects.toThrow(DatabaseUnavailableError);
  });

  test('but not what our own functions refuse with the same code', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    await expect(moveClock(database, 1)).rejects.toMatchObject({ code: '55000' });
  });

  test('an idle connection that is cut is dropped, and told', async () => {
    await using own = await createTestDatabase();
    await using owner = await connect(own.url);
    const errors: Error[] = [];
    await using database = await openDatabase({
      url: own.url,
      onIdleError: (error) => errors.push(error),
    });
    await database.pool.query('select 1');
    await owner.client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'greenroom' and datname = current_database()",
    );
    await expect.poll(() => errors.length).toBe(1);
    await createWorkspace(database);
  });
});

test('a statement of a process that died ends soon, and its locks with it', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url, maxConnections: 1 });
  await using owner = await connect(own.url);
  const sockets: Duplex[] = [];
  database.pool.once('acquire', (client) => sockets.push(client.connection.stream));
  const dying = inInstallation(database, async (tx) => {
    await sql`select pg_advisory_xact_lock(4711)`.execute(tx);
    await sql`select pg_sleep(25)`.execute(tx);
  });
  const isLocked = async () => {
    const { rowCount } = await owner.client.query(
      'select from pg_locks where objid = 4711 and database = (select oid from pg_database where datname = current_database())',
    );
    return rowCount === 1;
  };
  await expect.poll(isLocked).toBe(true);
  // What the kernel does for a process that is killed.
  sockets.at(-1)?.destroy();
  await expect(dying).rejects.toThrow(DatabaseUnavailableError);
  await expect.poll(isLocked, { timeout: 10_000 }).toBe(false);
});

test('leaves no connection behind when it is closed', async () => {
  await using own = await createTestDatabase();
  await using owner = await connect(own.url);
  const counting =
    "select count(*)::int from pg_stat_activity where application_name = 'closes' and datname = current_database()";
  for (let round = 0; round < 5; round += 1) {
    const database = await openDatabase({ url: own.url, applicationName: 'closes' });
    await Promise.all(Array.from({ length: 10 }, () => database.pool.query('select 1')));
    expect((await owner.client.query(counting)).rows).toEqual([{ count: 10 }]);
    await database.close();
    expect((await owner.client.query(counting)).rows).toEqual([{ count: 0 }]);
  }
});

test('closing twice is closing once', async () => {
  await using own = await createTestDatabase();
  const database = await openDatabase({ url: own.url });
  await Promise.all([database.close(), database.close()]);
  await expect(createWorkspace(database)).rejects.toThrow();
});
