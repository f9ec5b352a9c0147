import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { checkDatabase } from '../../src/doctor/check-database.ts';
import type { Finding } from '../../src/doctor/finding.ts';
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

test('two installations in one cluster cannot reach each other, though they share a role', async () => {
  await using administrator = await connect(engine.ownerUrl);
  for (const name of ['first', 'second']) {
    await administrator.client.query(`create role ${name} login password 'x'`);
    await administrator.client.query(`grant ${name} to current_user`);
    await administrator.client.query(`grant greenroom_app to ${name}`);
    await administrator.client.query(`create database of_${name} owner ${name}`);
    await migrate(addressOf(name, `of_${name}`));
  }
  await (await openDatabase({ url: addressOf('first', 'of_first') })).close();
  await (await openDatabase({ url: addressOf('second', 'of_second') })).close();

  for (const foreign of [addressOf('second', 'of_first'), addressOf('first', 'of_second')]) {
    await expect(connect(foreign)).rejects.toMatchObject({ code: '42501' });
  }
});

test('a user that cannot close its database to others works, and the doctor has what an administrator must run', async () => {
  await using administrator = await connect(engine.ownerUrl);
  await administrator.client.query("create role tenant login password 'x'");
  await administrator.client.query('grant greenroom_app to tenant');
  await administrator.client.query('create database of_landlord');
  await administrator.client.query('grant create on database of_landlord to tenant');
  await using landlord = await connect(addressOfDatabase('of_landlord'));
  await landlord.client.query('grant create on schema public to tenant with grant option');
  const url = addressOf('tenant', 'of_landlord');
  await migrate(url);

  const found = await findAccess(url);
  expect(found).toMatchObject({ status: 'warning', words: expect.stringContaining('of_landlord') });
  const [, ...statements] = found?.remedy?.split('\n') ?? [];
  expect(statements).toHaveLength(2);
  for (const statement of statements) await administrator.client.query(statement);
  expect(await findAccess(url)).toMatchObject({ status: 'ok' });
  await migrate(url);
  await (await openDatabase({ url })).close();
});

async function findAccess(url: string): Promise<Finding | undefined> {
  const { findings, reached } = await checkDatabase(url);
  await reached?.client.end();
  return findings.find(({ check }) => check === 'database_access');
}

function addressOfDatabase(database: string): string {
  return Object.assign(new URL(engine.ownerUrl), { pathname: `/${database}` }).href;
}

function addressOf(user: string, database: string): string {
  const url = new URL(engine.ownerUrl);
  return Object.assign(url, { username: user, password: 'x', pathname: `/${database}` }).href;
}

/** The statements in the message, as an administrator would copy them. */
function remedyOf(error: unknown): string[] {
  const [, ...lines] = error instanceof Error ? error.message.split('\n') : [];
  return lines.map((line) => line.trim());
}
