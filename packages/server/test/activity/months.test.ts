import { describe, expect, test } from 'vitest';
import { listActivity } from '../../src/activity/list.ts';
import { recordActivity } from '../../src/activity/record.ts';
import { sweepActivity } from '../../src/activity/sweep.ts';
import { enableTestMode, moveClock } from '../../src/db/clock.ts';
import { type Database, inWorkspace, openDatabase } from '../../src/db/database.ts';
import { listTables } from '../support/catalogue.ts';
import { connect, type TestClient } from '../support/connect.ts';
import { createTestDatabase } from '../support/test-database.ts';

const DAY = 86_400;
const workspace = crypto.randomUUID();

function record(database: Database, reason: string): Promise<void> {
  return inWorkspace(database, workspace, (tx) =>
    recordActivity(tx, {
      actor: { kind: 'system', id: 'test' },
      action: 'workspace.updated',
      reason,
    }),
  );
}

async function reasons(database: Database): Promise<string[]> {
  const rows = await inWorkspace(database, workspace, (tx) => listActivity(tx, {}, { limit: 100 }));
  return rows.map(({ reason }) => reason);
}

async function monthsOf({ client }: TestClient): Promise<string[]> {
  const tables = await listTables(client);
  return tables.map(({ name }) => name).filter((name) => /^activity_\d/.test(name));
}

/** Names of this month and those that follow it, by the clock that was moved. */
function monthNames(database: Database, count: number, first = 0): string[] {
  const now = database.clock.now();
  return Array.from({ length: count }, (_, index) => {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + first + index));
    return `activity_${month.toISOString().slice(0, 7).replace('-', '_')}`;
  });
}

function rowsIn(owner: TestClient, table: string): Promise<number | undefined> {
  return owner.client.query(`select 1 from ${table}`).then(({ rowCount }) => rowCount ?? undefined);
}

/** Connections to this database that wait for a lock. */
async function waitingForLock({ client }: TestClient): Promise<number | null> {
  const { rowCount } = await client.query(
    "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
  );
  return rowCount;
}

describe('months of the audit log', () => {
  test('are there from the start, and made ahead as time passes', async () => {
    await using own = await createTestDatabase();
    await enableTestMode(own.url);
    await using database = await openDatabase({ url: own.url });
    await using owner = await connect(own.url);
    expect(await monthsOf(owner)).toEqual(monthNames(database, 4));
    expect(await sweepActivity(database, { retentionDays: 400 })).toEqual({
      made: [],
      dropped: [],
      isPostponed: false,
    });
    await moveClock(database, 62 * DAY);
    const made = monthNames(database, 2, 2);
    expect(await sweepActivity(database, { retentionDays: 400 })).toMatchObject({ made });
    await record(database, 'later');
    expect(await rowsIn(owner, monthNames(database, 1)[0] ?? '')).toBe(1);
    expect(await rowsIn(owner, 'activity_default')).toBe(0);
  });

  test('several processes sweep at once', async () => {
    await using own = await createTestDatabase();
    await enableTestMode(own.url);
    await using database = await openDatabase({ url: own.url });
    await moveClock(database, 200 * DAY);
    const reports = await Promise.all(
      [1, 2, 3, 4].map(() => sweepActivity(database, { retentionDays: 400 })),
    );
    expect(reports.flatMap(({ made }) => made).toSorted()).toEqual(monthNames(database, 4));
  });

  test('that nobody made in time cost nothing: rows wait in the default partition and are moved', async () => {
    await using own = await createTestDatabase();
    await enableTestMode(own.url);
    await using database = await openDatabase({ url: own.url });
    await using owner = await connect(own.url);
    await record(database, 'now');
    await moveClock(database, 900 * DAY);
    const later = monthNames(database, 1)[0] ?? '';
    await record(database, 'far ahead');
    await moveClock(database, -1800 * DAY);
    const earlier = monthNames(database, 1)[0] ?? '';
    await record(database, 'long ago');
    await moveClock(database, 900 * DAY);
    expect(await rowsIn(owner, 'activity_default')).toBe(2);
    expect(await reasons(database)).toEqual(['far ahead', 'now', 'long ago']);

    const { made } = await sweepActivity(database, { retentionDays: 4000 });
    expect(made).toEqual([earlier, later]);
    expect(await rowsIn(owner, 'activity_default')).toBe(0);
    expect([await rowsIn(owner, earlier), await rowsIn(owner, later)]).toEqual([1, 1]);
    expect(await reasons(database)).toEqual(['far ahead', 'now', 'long ago']);
    // What was opened to move them is shut again, and what was made is guarded as the others.
    for (const table of ['activity_default', earlier, later]) {
      await expect(owner.client.query(`delete from ${table}`), table).rejects.toThrow(
        'append-only',
      );
    }
  });

  test('are dropped whole when they ended longer ago than the retention', async () => {
    await using own = await createTestDatabase();
    await enableTestMode(own.url);
    await using database = await openDatabase({ url: own.url });
    await using owner = await connect(own.url);
    const [first = '', second = ''] = monthNames(database, 2);
    await record(database, 'old');
    await moveClock(database, 100 * DAY);
    await record(database, 'new');
    expect(await sweepActivity(database, { retentionDays: 400 })).toMatchObject({ dropped: [] });
    // 100 days on, this month ended at least 69 days ago, and the next one at most 100 - 28.
    const { dropped } = await sweepActivity(database, { retentionDays: 69 });
    expect(dropped).toEqual([first]);
    expect(await reasons(database)).toEqual(['new']);
    expect(await monthsOf(owner)).toContain(second);
  });

  test.each([29, 0, -1])('cannot be dropped after %i days', async (retentionDays) => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    await expect(sweepActivity(database, { retentionDays })).rejects.toThrow('at least 30 days');
  });

  test('whose sweep would wait for a long reader is postponed, and nobody who writes waits', async () => {
    await using own = await createTestDatabase();
    await enableTestMode(own.url);
    await using database = await openDatabase({ url: own.url });
    await using reader = await connect(own.url);
    await reader.client.query('begin; select * from activity');
    await moveClock(database, 62 * DAY);
    let isDone = false;
    const sweep = sweepActivity(database, { retentionDays: 30 }).finally(() => {
      isDone = true;
    });
    await expect.poll(() => waitingForLock(reader)).toBe(1);
    await record(database, 'meanwhile');
    expect(isDone).toBe(false);
    expect(await sweep).toEqual({ made: [], dropped: [], isPostponed: true });
    await reader.client.query('commit');
    expect(await sweepActivity(database, { retentionDays: 30 })).toMatchObject({
      isPostponed: false,
    });
    expect(await reasons(database)).toContain('meanwhile');
  });
});
