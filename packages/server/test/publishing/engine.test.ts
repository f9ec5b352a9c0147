import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { inInstallation, openDatabase } from '../../src/db/database.ts';
import { createLog } from '../../src/logging/log.ts';
import { PublishingEngine } from '../../src/publishing/engine/engine.ts';
import { UploadPlaces } from '../../src/publishing/engine/upload-places.ts';
import { startServer } from '../../src/runtime/start-server.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { startTestServer } from '../support/test-server.ts';

test('a second server that would publish in the same process is told so; in role web it starts', async () => {
  await using first = await startTestServer();
  await expect(
    startServer(readConfig({ ...first.env, LOG_LEVEL: 'silent' })),
  ).rejects.toMatchObject({
    code: 'one_worker_a_process',
  });
  await using web = await startServer(
    readConfig({ ...first.env, GREENROOM_ROLE: 'web', LOG_LEVEL: 'silent' }),
  );
  expect((await fetch(`${web.url}/healthz`)).status).toBe(200);
});

test('a server that was closed leaves its place to the next one of the process', async () => {
  await using first = await startTestServer();
  await first.server.close();
  await using second = await startServer(readConfig({ ...first.env, LOG_LEVEL: 'silent' }));
  expect((await fetch(`${second.url}/readyz`)).status).toBe(200);
});

test('the role of the application works with the rows of DBOS, and with no more than that', async () => {
  await using test = await startTestServer();
  const tables = await askAsOwner<{ table_name: string }>(
    test.databaseUrl,
    `select table_name from information_schema.role_table_grants
      where table_schema = 'dbos' and grantee = 'greenroom_app' and privilege_type = 'TRUNCATE'`,
  );
  expect(tables).toEqual([]);
});

test('what DBOS runs for each attempt is planned once a connection', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url, maxConnections: 1 });
  const engine = await PublishingEngine.open({
    database,
    databaseUrl: own.url,
    log: createLog({ level: 'silent' }),
    concurrency: 1,
  });
  for (let count = 0; count < 2; count += 1) {
    const attempt = { workspaceId: randomUUID(), attemptId: randomUUID() };
    await inInstallation(database, (tx) => engine.enqueue(tx, attempt));
  }
  const { rows } = await database.pool.query(
    `select name from pg_prepared_statements where name like 'dbos%' and generic_plans + custom_plans = 2`,
  );
  expect(rows).toHaveLength(2);
  await engine.close();
});

test('no more uploads at a time than there are places, and each gets its turn', async () => {
  const places = new UploadPlaces(3);
  const { signal } = new AbortController();
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      places.run(signal, async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(1);
        running -= 1;
        done.push(index);
      }),
    ),
  );
  await places.close();
  expect(most).toBe(3);
  expect(done.toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 12 }, (_, i) => i),
  );
});

test('who gives up waiting for a place leaves it to those behind', async () => {
  const places = new UploadPlaces(1);
  const held = Promise.withResolvers<void>();
  const first = places.run(new AbortController().signal, () => held.promise);
  const impatient = new AbortController();
  const second = places.run(impatient.signal, async () => 'second');
  const third = places.run(new AbortController().signal, async () => 'third');
  impatient.abort(new Error('no time'));
  await expect(second).rejects.toThrow('no time');
  held.resolve();
  await first;
  expect(await third).toBe('third');
  await places.close();
});
