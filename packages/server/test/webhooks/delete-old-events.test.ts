import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { deleteOldEvents } from '../../src/webhooks/delete-old-events.ts';
import { listTables } from '../support/catalogue.ts';
import { connect } from '../support/connect.ts';
import { TableFiller } from '../support/fill-tables.ts';
import { createTestDatabase } from '../support/test-database.ts';

test('old events go, in portions and for all workspaces; what is still to be processed stays', async () => {
  await using own = await createTestDatabase();
  await using owner = await connect(own.url);
  const filler = new TableFiller(owner.client);
  const table = (await listTables(owner.client)).find(({ name }) => name === 'tiktok_apps');
  if (table) await filler.fill(table, null);
  const add = async (event: string, days: number, attempts: number, isProcessed: boolean) => {
    await owner.client.query(
      `insert into webhook_events (app_id, key_hash, event, happened_at, body, received_at, attempts, processed_at)
        select id, $1, $2, now(), '', app_now() - make_interval(days => $3), $4, case when $5 then now() end
        from tiktok_apps`,
      [randomBytes(32), event, days, attempts, isProcessed],
    );
  };
  await add('old', 91, 1, true);
  await add('old', 95, 2, true);
  await add('old and unknown', 91, 0, false);
  await add('old and failing', 91, 7, false);
  await add('young', 89, 1, true);
  await using database = await openDatabase({ url: own.url });
  expect(await deleteOldEvents(database, { retentionDays: 90, limit: 2 })).toBe(2);
  expect(await deleteOldEvents(database, { retentionDays: 90, limit: 2 })).toBe(1);
  expect(await deleteOldEvents(database, { retentionDays: 90, limit: 2 })).toBe(0);
  const { rows } = await owner.client.query('select event from webhook_events order by event');
  expect(rows).toEqual([{ event: 'old and failing' }, { event: 'young' }]);
});
