import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect } from './support/connect.ts';
import { problemOf } from './support/problem.ts';
import { startWorld, type TestWorkspace, type World } from './support/world.ts';

let world: World;
let workspace: TestWorkspace;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  workspace = await world.addWorkspace();
});

async function connectAs(username: string) {
  await world.tiktok.control.putCreator(username);
  return connect(world, workspace, { username });
}

test('disconnecting deletes the tokens, revokes them at TikTok, keeps the account, and is told', async () => {
  const { id } = await connectAs('leaving');
  const account = await workspace.api.disconnectAccount({ id });
  expect(account).toMatchObject({
    id,
    state: 'disconnected',
    username: 'leaving',
    access_expires_at: null,
    refresh_expires_at: null,
    health: {
      is_healthy: false,
      reasons: [{ code: 'disconnected_by_person', whose_move: 'person' }],
    },
  });
  expect(await world.rows('select from account_tokens where account_id = $1', [id])).toEqual([]);
  const { requests } = await world.tiktok.control.listRequests();
  expect(requests.at(-1)).toMatchObject({ path: '/v2/oauth/revoke/', creator: 'leaving' });
  const { items } = await workspace.api.listActivity({ account_id: id });
  expect(items.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['account.disconnected', 'token.revoked']),
  );
});

test('disconnecting once more does nothing', async () => {
  const { id } = await connectAs('twice');
  const first = await workspace.api.disconnectAccount({ id });
  const { items: before } = await workspace.api.listActivity({ account_id: id });
  expect(await workspace.api.disconnectAccount({ id })).toEqual(first);
  expect((await workspace.api.listActivity({ account_id: id })).items).toEqual(before);
});

test.each([
  { name: 'fails', action: { status: 500, code: 'server_error' } },
  { name: 'refuses', action: { status: 200, code: 'invalid_client' } },
  { name: 'cuts the connection', action: { drop: 'before' as const } },
  { name: 'answers HTML', action: { status: 200, body: '<html>' } },
])('disconnecting works when TikTok $name', async ({ name, action }) => {
  const { id } = await connectAs(`stuck.${name.replaceAll(' ', '.')}`);
  const rule = await world.tiktok.control.addFault({
    match: { path: '/v2/oauth/revoke/' },
    action,
  });
  expect(await workspace.api.disconnectAccount({ id })).toMatchObject({ state: 'disconnected' });
  await world.tiktok.control.deleteFault(rule.id);
  expect(await world.rows('select from account_tokens where account_id = $1', [id])).toEqual([]);
});

test('an account that was disconnected comes back as the same account', async () => {
  const { id, created_at } = await connectAs('returning');
  await workspace.api.disconnectAccount({ id });
  const request = { account_id: id };
  const again = await connect(world, workspace, { username: 'returning' }, request);
  expect(again).toMatchObject({ id, created_at, state: 'connected', health: { is_healthy: true } });
  expect(await workspace.api.getCreatorInfo({ id })).toMatchObject({
    creator_username: 'returning',
  });
});

test('an account that was disconnected can be connected in another workspace', async () => {
  const { id } = await connectAs('moving');
  await workspace.api.disconnectAccount({ id });
  const other = await world.addWorkspace();
  expect(await connect(world, other, { username: 'moving' })).toMatchObject({ state: 'connected' });
});

test('a refresh by hand gives new tokens and a fresh name', async () => {
  const before = await connectAs('renewed');
  await world.tiktok.control.putCreator('renewed', { nickname: 'A new name' });
  await world.moveClocks(600);
  const after = await workspace.api.refreshAccount({ id: before.id });
  expect(after.display_name).toBe('A new name');
  expect(Date.parse(after.access_expires_at ?? '')).toBeGreaterThan(
    Date.parse(before.access_expires_at ?? ''),
  );
});

test.each([
  {
    name: 'is away',
    action: { status: 503, code: 'server_error' },
    code: 'tiktok-unavailable',
    state: 'connected',
  },
  {
    name: 'refuses the credentials',
    action: { status: 200, code: 'invalid_client' },
    code: 'tiktok-refused',
    state: 'connected',
  },
  {
    name: 'refuses the refresh token',
    action: { status: 200, code: 'invalid_grant' },
    code: 'account-not-connected',
    state: 'reconnect_needed',
  },
])('a refresh by hand when TikTok $name: $code, and the account is $state', async (row) => {
  const { id } = await connectAs(`refresh.${row.name.replaceAll(' ', '.')}`);
  const rule = await world.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: row.action,
  });
  const problem = await problemOf(workspace.api.refreshAccount({ id }));
  await world.tiktok.control.deleteFault(rule.id);
  expect(problem.code).toBe(row.code);
  const account = await workspace.api.getAccount({ id });
  expect(account.state).toBe(row.state);
});

test('a refresh by hand of an account that is not connected says why', async () => {
  const { id } = await connectAs('refresh.of.gone');
  await workspace.api.disconnectAccount({ id });
  const problem = await problemOf(workspace.api.refreshAccount({ id }));
  expect(problem).toMatchObject({ code: 'account-not-connected', status: 409 });
  expect(problem.detail).toContain('A person disconnected this account');
});

test('a refresh that keeps failing is told, with the code and since when', async () => {
  const { id } = await connectAs('failing');
  const rule = await world.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { status: 503, code: 'server_error' },
  });
  await problemOf(workspace.api.refreshAccount({ id }));
  expect((await workspace.api.getAccount({ id })).health.is_healthy).toBe(true);
  await world.moveClocks(31 * 60);
  const { health, state } = await workspace.api.getAccount({ id });
  await world.tiktok.control.deleteFault(rule.id);
  expect(state).toBe('connected');
  expect(health.reasons.map(({ code }) => code)).toEqual(['refresh_failing']);
  expect(health.reasons[0]?.words).toMatch(/since 20\d\d-.* UTC \(server_error\)/);
});

test('accounts are listed newest first, in pages, and by state', async () => {
  const ids: string[] = [];
  for (const name of ['page.a', 'page.b', 'page.c']) ids.unshift((await connectAs(name)).id);
  await workspace.api.disconnectAccount({ id: ids[1] ?? '' });
  const first = await workspace.api.listAccounts({ limit: 2 });
  expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const second = await workspace.api.listAccounts({ limit: 2, cursor: first.next_cursor ?? '' });
  expect(second.items.map(({ id }) => id)).toEqual(ids.slice(2));
  expect(second.next_cursor).toBeNull();
  const gone = await workspace.api.listAccounts({ state: 'disconnected' });
  expect(gone.items.map(({ id }) => id)).toEqual([ids[1]]);
  const other = await world.addWorkspace();
  expect((await other.api.listAccounts()).items).toEqual([]);
});

test.each(['getAccount', 'refreshAccount', 'disconnectAccount'] as const)(
  "%s does not find another workspace's account, nor one that never was",
  async (operation) => {
    const { id } = await connectAs(`foreign.${operation}`);
    const other = await world.addWorkspace();
    const absent = '00000000-0000-4000-8000-000000000000';
    for (const unknown of [id, absent]) {
      expect(await problemOf(other.api[operation]({ id: unknown }))).toMatchObject({
        code: 'not-found',
      });
    }
    expect(await workspace.api.getAccount({ id })).toMatchObject({ state: 'connected' });
  },
);

test.each([
  { operation: 'refreshAccount', scope: 'accounts:manage' },
  { operation: 'disconnectAccount', scope: 'accounts:manage' },
  { operation: 'getCreatorInfo', scope: 'accounts:read' },
] as const)('$operation takes the scope $scope', async ({ operation, scope }) => {
  const { id } = await connectAs(`scope.${operation}`);
  const weak = await world.addKey(workspace.id, ['activity:read']);
  const problem = await problemOf(weak.api[operation]({ id }));
  expect(problem).toMatchObject({ code: 'forbidden', status: 403 });
  expect(problem.detail).toContain(scope);
});
