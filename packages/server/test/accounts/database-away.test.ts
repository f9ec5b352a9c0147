import { afterEach, beforeEach, expect, test } from 'vitest';
import { completeConnection } from '../../src/accounts/complete-connection.ts';
import type { ConnectionRow } from '../../src/accounts/connection-queries.ts';
import { recordEnd } from '../../src/accounts/end-connection.ts';
import type { Database } from '../../src/db/database.ts';
import { DatabaseUnavailableError } from '../../src/db/errors.ts';
import { connect as openClient } from '../support/connect.ts';
import { type Callback, comeBack, connect } from './support/connect.ts';
import { startWorld, type TestWorkspace, type World } from './support/world.ts';

let world: World;
let workspace: TestWorkspace;
beforeEach(async () => {
  world = await startWorld();
  workspace = world.workspace;
});
afterEach(() => world[Symbol.asyncDispose]());

const PATIENT = { timeout: 10_000 };

/** Lets nobody connect to the world's database, and throws everybody out; gives back how it returns. */
async function takeDatabaseAway(): Promise<() => Promise<void>> {
  const url = new URL(world.databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/template1';
  await using owner = await openClient(url.href);
  await owner.client.query(`alter database ${name} connection limit 0`);
  await owner.client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
    [name],
  );
  return async () => {
    await using again = await openClient(url.href);
    await again.client.query(`alter database ${name} connection limit -1`);
  };
}

/** A creator consents, and TikTok takes a moment for the exchange, in which `work` is done. */
async function completeDuring<T>(
  username: string,
  complete: (callback: Callback) => Promise<T>,
  work: () => Promise<void>,
): Promise<T> {
  await world.tiktok.control.putCreator(username);
  const callback = await comeBack(world, workspace, { username });
  await world.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { delay_ms: 1_000 },
    times: 1,
  });
  const completing = complete(callback);
  // Heard below; until then it must not count as unheard.
  completing.catch(() => undefined);
  const used = 'select from connections where workspace_id = $1 and used_at is not null';
  await expect.poll(() => world.rows(used, [workspace.id])).not.toEqual([]);
  await work();
  return completing;
}

async function revokeRequests(): Promise<number> {
  const { requests } = await world.tiktok.control.listRequests();
  return requests.filter(({ path }) => path === '/v2/oauth/revoke/').length;
}

test('the database goes away while TikTok is asked, and returns soon: the account is connected', async () => {
  let giveBack = async () => {};
  const { api } = workspace;
  const completing = completeDuring(
    'patient',
    (callback) => api.completeConnection(callback),
    async () => {
      giveBack = await takeDatabaseAway();
    },
  );
  await expect.poll(() => world.logged.join(''), PATIENT).toContain('cannot be stored now');
  await giveBack();
  const account = await completing;
  expect(account).toMatchObject({ state: 'connected', username: 'patient' });
  expect(await api.getCreatorInfo({ id: account.id })).toMatchObject({
    creator_username: 'patient',
  });
  expect(world.logged.join('')).not.toMatch(/act\.|rft\./);
});

test('the database stays away: nothing is half stored, and when it is back the tokens are revoked', async () => {
  const { services } = world;
  const before = await revokeRequests();
  let giveBack = async () => {};
  const completing = completeDuring(
    'dangling',
    (callback) =>
      completeConnection(services, workspace.principal, callback, { deadlineMs: 2_000 }),
    async () => {
      giveBack = await takeDatabaseAway();
    },
  );
  await expect(completing).rejects.toMatchObject({ code: 'unavailable' });
  expect(await revokeRequests()).toBe(before);
  await giveBack();
  await expect.poll(revokeRequests, PATIENT).toBe(before + 1);
  const revoked = async () => (await workspace.api.listActivity({ action: 'token.revoked' })).items;
  await expect.poll(revoked, PATIENT).toMatchObject([{ details: { answer: 'empty_object' } }]);
  expect((await workspace.api.listAccounts()).items).toEqual([]);
  expect(await connect(world, workspace, { username: 'dangling' })).toMatchObject({
    state: 'connected',
  });
  expect(world.logged.join('')).not.toMatch(/act\.|rft\./);
});

test('the database stays away while an account that lives is connected again: its authorization is not revoked', async () => {
  const { services } = world;
  await world.tiktok.control.putCreator('alive');
  const { id } = await connect(world, workspace, { username: 'alive' });
  const before = await revokeRequests();
  let giveBack = async () => {};
  const completing = completeDuring(
    'alive',
    (callback) =>
      completeConnection(services, workspace.principal, callback, { deadlineMs: 2_000 }),
    async () => {
      giveBack = await takeDatabaseAway();
    },
  );
  await expect(completing).rejects.toMatchObject({ code: 'unavailable' });
  await giveBack();
  await expect.poll(() => world.logged.join(''), PATIENT).toContain('are only forgotten');
  expect(await revokeRequests()).toBe(before);
  expect(await workspace.api.getCreatorInfo({ id })).toMatchObject({ creator_username: 'alive' });
});

test('the answer to a commit is lost: the account is connected, and it is told once', async () => {
  const { services } = world;
  await world.tiktok.control.putCreator('unclear');
  const callback = await comeBack(world, workspace, { username: 'unclear' });
  let lost = 0;
  // The second transaction stores the account; the first one uses the state up.
  const database = loseCommit(services.database, (number) => {
    if (number === 2) lost += 1;
    return number === 2;
  });
  const id = await completeConnection({ ...services, database }, workspace.principal, callback);
  expect(lost).toBe(1);
  expect(await workspace.api.getAccount({ id })).toMatchObject({ state: 'connected' });
  const { items } = await workspace.api.listActivity({ account_id: id });
  const actions = items.map(({ action }) => action);
  expect(actions.filter((action) => action.startsWith('account.'))).toEqual(['account.connected']);
  expect(await workspace.api.getCreatorInfo({ id })).toMatchObject({ creator_username: 'unclear' });
});

test('a connection that was stored after all is not told as failed', async () => {
  const { id: accountId } = await connect(world, workspace);
  const { principal } = workspace;
  // What is known of it when the answer to its commit is lost, and the database then stays away.
  const [row] = await world.rows<ConnectionRow>('select * from connections');
  if (row === undefined) throw new Error('No connection was stored.');
  await recordEnd(world.services, principal, row, new DatabaseUnavailableError(undefined));
  expect(await workspace.api.getConnection({ id: row.id })).toMatchObject({
    state: 'connected',
    connected_account_id: accountId,
  });
  const { items } = await workspace.api.listActivity({ action: 'connection.refused' });
  expect(items).toEqual([]);
});

/** The same database, but for commits whose answer is lost. */
function loseCommit(database: Database, isLost: (number: number) => boolean): Database {
  let count = 0;
  return {
    ...database,
    transaction: async (begin, work) => {
      count += 1;
      const number = count;
      const result = await database.transaction(begin, work);
      if (isLost(number)) throw new DatabaseUnavailableError(new Error('lost'), true);
      return result;
    },
  };
}
