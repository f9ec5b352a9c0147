import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { connect } from '../support/connect.ts';
import { startTestEngine, type TestEngine } from '../support/test-engine.ts';

// An engine of its own: the role of the application belongs to a whole cluster, and here it is not made yet.
let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

test('a user that may not make roles is told what an administrator must run, and that suffices', async () => {
  await using administrator = await connect(engine.ownerUrl);
  await administrator.client.query("create role modest login password 'x'");
  await administrator.client.query('grant modest to current_user');
  await administrator.client.query('create database of_modest owner modest');
  const url = addressOf('modest', 'of_modest');

  const refused = await migrate(url).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'privilege_missing' });
  expect(remedyOf(refused)).toEqual([
    'create role greenroom_app nologin;',
    'grant greenroom_app to "modest";',
  ]);

  for (const statement of remedyOf(refused)) await administrator.client.query(statement);
  await migrate(url);
  await (await openDatabase({ url })).close();
});

test('a user that may not create in the database is told so, and the remedy suffices', async () => {
  await using administrator = await connect(engine.ownerUrl);
  await administrator.client.query("create role guest login createrole password 'x'");
  await administrator.client.query('grant guest to current_user');
  await administrator.client.query('create database of_another');
  const url = addressOf('guest', 'of_another');

  const refused = await migrate(url).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'privilege_missing' });
  expect(remedyOf(refused)).toEqual(['alter database "of_another" owner to "guest";']);

  for (const statement of remedyOf(refused)) await administrator.client.query(statement);
  await administrator.client.query('grant greenroom_app to guest');
  await migrate(url);
  await (await openDatabase({ url })).close();
});

test('a role that was taken away after the migration is told about, too', async () => {
  await using administrator = await connect(engine.ownerUrl);
  await administrator.client.query("create role fallen login password 'x'");
  await administrator.client.query('grant fallen, greenroom_app to current_user');
  await administrator.client.query('grant greenroom_app to fallen');
  await administrator.client.query('create database of_fallen owner fallen');
  const url = addressOf('fallen', 'of_fallen');
  await migrate(url);
  await administrator.client.query('revoke greenroom_app from fallen');
  await expect(openDatabase({ url })).rejects.toMatchObject({
    code: 'privilege_missing',
    message: expect.stringContaining('grant greenroom_app to'),
  });
});

function addressOf(user: string, database: string): string {
  const url = new URL(engine.ownerUrl);
  return Object.assign(url, { username: user, password: 'x', pathname: `/${database}` }).href;
}

/** The statements in the message, as an administrator would copy them. */
function remedyOf(error: unknown): string[] {
  const [, ...lines] = error instanceof Error ? error.message.split('\n') : [];
  return lines.map((line) => line.trim());
}
