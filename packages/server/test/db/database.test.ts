import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { recordActivity } from '../../src/activity/record.ts';
import { inInstallation, inWorkspace, openDatabase } from '../../src/db/database.ts';
import { createTestDatabase } from '../support/test-database.ts';

test('a transaction sees the rows of its workspace, and no other', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url });
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
  for (const id of [first, second]) {
    await inWorkspace(database, id, async (tx) => {
      await tx.insertInto('workspaces').values({ id, name: id }).execute();
      await recordActivity(tx, {
        actor: { kind: 'system', id: 'test' },
        action: 'workspace.created',
        reason: 'a test',
      });
    });
  }
  const seen = await inWorkspace(database, first, (tx) =>
    tx.selectFrom('workspaces').select('id').execute(),
  );
  expect(seen).toEqual([{ id: first }]);
  const { rows } = await inInstallation(database, (tx) =>
    sql<{
      role: string;
      n: number;
    }>`select current_user as role, count(*) as n from workspaces`.execute(tx),
  );
  expect(rows).toEqual([{ role: 'greenroom_app', n: 0 }]);
});
