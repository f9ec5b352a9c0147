import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DailyCheck } from '../../src/activity/daily-check/daily-check.ts';
import { findLeaks } from '../../src/activity/daily-check/log-filter.ts';
import { LogRedactions } from '../../src/activity/daily-check/log-redactions.ts';
import { moveClock } from '../../src/db/clock.ts';
import { createLog } from '../../src/logging/log.ts';
import { connect } from '../accounts/support/connect.ts';
import { startWorld, type TestWorkspace, type World } from '../accounts/support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

async function check(workspace: TestWorkspace, name: string) {
  const { items } = await workspace.api.runChecks({});
  return items.find((item) => item.name === name);
}

test('in order, every check says so, and nothing is raised', async () => {
  const workspace = await world.addWorkspace();
  await connect(world, workspace);
  const { items } = await workspace.api.runChecks({});
  expect(items.map(({ is_ok, name }) => [name, is_ok])).toEqual([
    ['log_secrets', true],
    ['master_key', true],
    ['missing_scopes', true],
    ['stale_api_keys', true],
    ['unsealed_columns', true],
  ]);
  expect((await workspace.api.listChecks({})).items).toEqual(items);
  expect((await workspace.api.listAlerts({ state: 'all' })).items).toEqual([]);
});

test('the filter of the log takes out made-up secrets of every form', () => {
  expect(findLeaks()).toEqual([]);
});

test('lines out of which something was taken are counted, by all processes together', async () => {
  const { database, metrics } = world.services;
  const workspace = await world.addWorkspace();
  const before = await check(workspace, 'log_secrets');
  const counters = [1, 2].map(() => new LogRedactions({ database, metrics }));
  const log = createLog({ destination: { write: () => undefined } });
  log.info(`the token act.${randomUUID()}${randomUUID()} got here`);
  log.info('nothing to see');
  for (const counter of counters) await counter.close();
  const after = await check(workspace, 'log_secrets');
  expect(after?.details['lines']).toBe(Number(before?.details['lines'] ?? 0) + 2);
});

test('a secret in the open is found, raised, and over when it is gone', async () => {
  const workspace = await world.addWorkspace();
  await world.rows('update workspaces set name = $1 where id = $2', [
    `act.${'x'.repeat(40)}`,
    workspace.id,
  ]);
  // What was found a moment ago is shared; a day later it is looked again.
  const { database } = world.services;
  const fresh = () =>
    new DailyCheck({ database, ownerUrl: world.databaseUrl, publicUrl: world.url });
  await fresh().run(workspace.id);
  const failed = (await workspace.api.listChecks({})).items.find(({ is_ok }) => !is_ok);
  expect(failed).toMatchObject({
    name: 'unsealed_columns',
    details: { places: ['public.workspaces.name (plaintext)'] },
  });
  expect(JSON.stringify(failed)).not.toContain('xxxx');
  expect((await workspace.api.listAlerts({})).items).toMatchObject([
    { kind: 'check_failed', details: { check: 'unsealed_columns' } },
  ]);
  await world.rows('update workspaces set name = $1 where id = $2', ['Test', workspace.id]);
  await fresh().run(workspace.id);
  expect((await workspace.api.listAlerts({})).items).toEqual([]);
});

test('keys that nobody uses, and scopes that were withheld', async () => {
  const workspace = await world.addWorkspace();
  const { id: accountId } = await connect(world, workspace, { username: 'private_creator' });
  const unused = await world.addKey(workspace.id);
  await moveClock(world.services.database, 91 * 86_400);
  expect(await check(workspace, 'stale_api_keys')).toMatchObject({
    is_ok: false,
    details: { api_key_ids: [unused.principal.kind === 'api_key' ? unused.principal.keyId : ''] },
  });
  await world.rows(
    "update accounts set scopes = array_remove(scopes, 'video.list') where id = $1",
    [accountId],
  );
  expect(await check(workspace, 'missing_scopes')).toMatchObject({
    is_ok: false,
    details: { accounts: [{ id: accountId, missing: ['video.list'] }] },
  });
});

test('runs by itself once a day for every workspace', async () => {
  const workspace = await world.addWorkspace();
  const signal = new AbortController().signal;
  const ranAt = async () => (await workspace.api.listChecks({})).items[0]?.ran_at;
  await world.services.dailyCheck.sweep(signal);
  // A workspace of just now has nothing to look at.
  expect(await ranAt()).toBeUndefined();
  await moveClock(world.services.database, 2 * 3600);
  await world.services.dailyCheck.sweep(signal);
  const first = await ranAt();
  expect(first).toBeDefined();
  await world.services.dailyCheck.sweep(signal);
  expect(await ranAt()).toBe(first);
  await moveClock(world.services.database, 24 * 3600);
  await world.services.dailyCheck.sweep(signal);
  expect(await ranAt()).not.toBe(first);
});
