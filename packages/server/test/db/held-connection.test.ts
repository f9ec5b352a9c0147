import { expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { createTestDatabase } from '../support/test-database.ts';

test('a connection that breaks in the hands of somebody who does not listen ends no process', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url, maxConnections: 2 });
  // As DBOS and Kysely hold one: they hear of it by their next statement only.
  const client = await database.pool.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  // events.once would listen for the error, too.
  const broken = new Promise<void>((resolve) => void client.once('end', resolve));
  await askAsOwner(own.url, 'select pg_terminate_backend($1)', [rows[0]?.pid]);
  await broken;
  await expect(client.query('select 1')).rejects.toThrow();
  client.release(true);
  const again = await database.pool.query<{ one: number }>('select 1 as one');
  expect(again.rows).toEqual([{ one: 1 }]);
});
