import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordActivity } from '../../src/activity/record.ts';
import { type Database, inInstallation, inWorkspace, openDatabase } from '../../src/db/database.ts';
import { listTables } from '../support/catalogue.ts';
import { connect, type TestClient } from '../support/connect.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let own: TestDatabase;
let database: Database;
let owner: TestClient;
const workspace = crypto.randomUUID();
beforeAll(async () => {
  own = await createTestDatabase();
  database = await openDatabase({ url: own.url });
  owner = await connect(own.url);
  await inWorkspace(database, workspace, (tx) =>
    recordActivity(tx, {
      actor: { kind: 'system', id: 'test' },
      action: 'workspace.created',
      reason: 'a test',
    }),
  );
});
afterAll(async () => {
  await owner[Symbol.asyncDispose]();
  await database.close();
  await own.close();
});

const changes = [
  (table: string) => `update ${table} set reason = 'another'`,
  (table: string) => `update ${table} set reason = 'another' where false`,
  (table: string) => `delete from ${table}`,
  (table: string) => `delete from ${table} where false`,
  (table: string) => `truncate ${table}`,
  (table: string) => `merge into ${table} using (select 1) s on true when matched then delete`,
];

async function tablesOfLog(): Promise<string[]> {
  const tables = await listTables(owner.client);
  return tables.map(({ name }) => name).filter((name) => name.startsWith('activity'));
}

describe('no change of the audit log is possible', () => {
  test('for the owner, by any of its tables', async () => {
    const tables = await tablesOfLog();
    expect(tables).toEqual(expect.arrayContaining(['activity', 'activity_default']));
    expect(tables.length).toBeGreaterThan(5);
    for (const change of tables.flatMap((table) => changes.map((write) => write(table)))) {
      await expect(owner.client.query(change), change).rejects.toThrow(
        /The audit log is append-only: (UPDATE|DELETE|TRUNCATE) is refused on activity/,
      );
    }
    const { rows } = await owner.client.query('select reason from activity');
    expect(rows).toEqual([{ reason: 'a test' }]);
  });

  test('for the role of the application, not even where it was granted by mistake', async () => {
    const tables = await tablesOfLog();
    for (const change of tables.flatMap((table) => changes.map((write) => write(table)))) {
      await expect(database.pool.query(change), change).rejects.toThrow('permission denied');
    }
    await owner.client.query(`grant all on ${tables.join(', ')} to greenroom_app`);
    for (const change of tables.flatMap((table) => changes.map((write) => write(table)))) {
      await expect(
        inWorkspace(database, workspace, (tx) => tx.executeQuery(CompiledQuery.raw(change))),
        change,
      ).rejects.toThrow('append-only');
    }
    expect(
      await inWorkspace(database, workspace, (tx) =>
        tx.selectFrom('activity').select('reason').execute(),
      ),
    ).toEqual([{ reason: 'a test' }]);
  });

  test('by an insert that would overwrite', async () => {
    const insert = `insert into activity (workspace_id, actor_kind, actor_id, action, reason)
      values ('${workspace}', 'system', 'x', 'x', 'x') on conflict do nothing`;
    await inWorkspace(database, workspace, (tx) => tx.executeQuery(CompiledQuery.raw(insert)));
    await expect(
      inInstallation(database, (tx) => tx.executeQuery(CompiledQuery.raw(insert))),
    ).rejects.toThrow('row-level security');
  });
});
