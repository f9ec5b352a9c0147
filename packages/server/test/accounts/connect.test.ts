import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect as openClient } from '../support/connect.ts';
import { comeBack, connect } from './support/connect.ts';
import { problemOf } from './support/problem.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** A creator of its own for a test, so that none sees the accounts of another. */
async function creator(username: string): Promise<string> {
  await world.tiktok.control.putCreator(username, { nickname: `The ${username}` });
  return username;
}

async function requestsTo(path: string): Promise<number> {
  const { requests } = await world.tiktok.control.listRequests();
  return requests.filter((request) => request.path === path).length;
}

test('a connected account has tokens, a name and an entry in the audit log', async () => {
  const username = await creator('ada');
  const { api, principal } = world.workspace;
  const account = await connect(world, world.workspace, { username });
  expect(account).toMatchObject({
    username,
    display_name: 'The ada',
    state: 'connected',
    health: { is_healthy: true, reasons: [] },
  });
  expect(account.avatar_url).toContain('ada');
  expect(account.displayed_at).not.toBeNull();
  expect(account.scopes.every(({ is_granted }) => is_granted)).toBe(true);
  expect(account.access_expires_at).not.toBeNull();
  const { items } = await api.listActivity({ account_id: account.id });
  const actor = { kind: 'api_key', id: principal.keyId };
  expect(items.map(({ action, actor }) => ({ action, actor }))).toEqual([
    { action: 'token.handed_out', actor },
    { action: 'account.connected', actor },
  ]);
  expect(await api.getCreatorInfo({ id: account.id })).toMatchObject({
    creator_username: username,
  });
});

test('the browser is sent to the consent page with all that Greenroom can use, and a hashed state', async () => {
  const started = await world.workspace.api.startConnection();
  const url = new URL(started.authorize_url ?? '');
  expect(`${url.origin}${url.pathname}`).toBe(`${world.tiktok.url}/v2/auth/authorize/`);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    client_key: 'audited',
    response_type: 'code',
    redirect_uri: 'http://127.0.0.1:8787/connect/callback',
    scope:
      'user.info.basic,user.info.profile,user.info.stats,video.list,video.upload,video.publish',
    code_challenge: expect.stringMatching(/^[0-9a-f]{64}$/),
    code_challenge_method: 'S256',
  });
  const state = url.searchParams.get('state') ?? '';
  expect(Buffer.from(state, 'base64url')).toHaveLength(32);
  const rows = await world.rows<{ line: string }>('select c::text as line from connections c');
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(({ line }) => line.includes(state))).toEqual([]);
});

test('on https it is the web flow: no proof key, and the consent page is always shown', async () => {
  await using other = await startWorld({
    env: { GREENROOM_PUBLIC_URL: 'https://greenroom.example' },
  });
  const { authorize_url } = await other.workspace.api.startConnection();
  const { searchParams } = new URL(authorize_url ?? '');
  expect(searchParams.get('redirect_uri')).toBe('https://greenroom.example/connect/callback');
  expect(searchParams.get('disable_auto_auth')).toBe('1');
  expect(searchParams.has('code_challenge')).toBe(false);
});

test('the desktop flow comes back to where the caller listens', async () => {
  const username = await creator('desktop');
  const redirect_uri = 'http://127.0.0.1:54321/callback/';
  const request = { flow: 'desktop', redirect_uri } as const;
  const account = await connect(world, world.workspace, { username }, request);
  expect(account.username).toBe(username);
});

test('scopes that were withheld are stored as such, and health says what they cost', async () => {
  const username = await creator('shy');
  const scopes = ['user.info.basic', 'video.upload'];
  const account = await connect(world, world.workspace, { username, scopes });
  expect(account.state).toBe('connected');
  expect(account.username).toBeNull();
  expect(account.display_name).toBe('The shy');
  expect(account.scopes.filter(({ is_granted }) => is_granted).map(({ scope }) => scope)).toEqual(
    scopes,
  );
  expect(account.health.is_healthy).toBe(false);
  expect(account.health.reasons.map(({ code, whose_move }) => [code, whose_move])).toEqual(
    Array.from({ length: 4 }, () => ['scope_missing', 'creator']),
  );
  expect(account.health.reasons.at(-1)?.words).toBe(
    'The creator did not grant video.publish. Nothing can be posted directly, and creator info cannot be read.',
  );
});

test('scopes that nobody asked for are no ailment', async () => {
  const username = await creator('modest');
  const scopes = ['user.info.basic', 'video.publish'];
  const account = await connect(world, world.workspace, { username }, { scopes });
  expect(account.health).toEqual({ is_healthy: true, reasons: [] });
});

test('the same account again in the same workspace is connected again, under the same id', async () => {
  const username = await creator('again');
  const first = await connect(world, world.workspace, { username });
  const second = await connect(world, world.workspace, { username });
  expect(second.id).toBe(first.id);
  const { items } = await world.workspace.api.listActivity({ account_id: first.id });
  expect(items.map(({ action }) => action)).toContain('account.reconnected');
});

test('scopes granted later mend the health of the account', async () => {
  const username = await creator('later');
  const narrow = await connect(world, world.workspace, { username, scopes: ['user.info.basic'] });
  expect(narrow.health.is_healthy).toBe(false);
  const whole = await connect(world, world.workspace, { username }, { account_id: narrow.id });
  expect(whole).toMatchObject({ id: narrow.id, username, health: { is_healthy: true } });
});

test('an account of another workspace is refused, and stays connected there', async () => {
  const username = await creator('wanted');
  const there = await connect(world, world.workspace, { username });
  const here = await world.addWorkspace();
  const revokes = await requestsTo('/v2/oauth/revoke/');
  const callback = await comeBack(world, here, { username });
  const problem = await problemOf(here.api.completeConnection(callback));
  expect(problem).toMatchObject({ code: 'account-connected-elsewhere', status: 409 });
  expect((await here.api.listAccounts()).items).toEqual([]);
  // TikTok revokes the whole authorization: that would have disconnected the other workspace.
  expect(await requestsTo('/v2/oauth/revoke/')).toBe(revokes);
  expect(await world.workspace.api.getCreatorInfo({ id: there.id })).toMatchObject({
    creator_username: username,
  });
});

test('two workspaces that finish at the same moment: one of them gets the account', async () => {
  const username = await creator('raced');
  const there = await connect(world, world.workspace, { username });
  const setState = (state: string, reason: string | null) =>
    `update accounts set state = '${state}', state_reason = ${reason} where id = '${there.id}'`;
  await world.rows(setState('reconnect_needed', `'refresh_refused'`));
  const here = await world.addWorkspace();
  const callback = await comeBack(world, here, { username });
  // The other workspace's transaction has connected the account and is not committed yet.
  await using other = await openClient(world.databaseUrl);
  await other.client.query(`begin; ${setState('connected', null)}`);
  const problem = problemOf(here.api.completeConnection(callback));
  await expect
    .poll(() =>
      world.rows(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      ),
    )
    .toHaveLength(1);
  await other.client.query('commit');
  expect(await problem).toMatchObject({ code: 'account-connected-elsewhere', status: 409 });
  expect((await here.api.listAccounts()).items).toEqual([]);
});

test('what an account needs to be connected again may be given to another workspace', async () => {
  const username = await creator('moved');
  const before = await connect(world, world.workspace, { username });
  await world.rows(
    `update accounts set state = 'reconnect_needed', state_reason = 'refresh_refused' where id = $1`,
    [before.id],
  );
  const here = await world.addWorkspace();
  expect(await connect(world, here, { username })).toMatchObject({ state: 'connected' });
  const request = { account_id: before.id };
  const callback = await comeBack(world, world.workspace, { username }, request);
  expect(await problemOf(world.workspace.api.completeConnection(callback))).toMatchObject({
    code: 'account-connected-elsewhere',
  });
});

test('another identity is refused: nothing changes, and its fresh tokens are revoked', async () => {
  const right = await creator('right');
  const wrong = await creator('wrong');
  const { api } = world.workspace;
  const before = await connect(world, world.workspace, { username: right });
  const tokens = await world.rows('select * from account_tokens where account_id = $1', [
    before.id,
  ]);
  const request = { account_id: before.id };
  const callback = await comeBack(world, world.workspace, { username: wrong }, request);
  const problem = await problemOf(api.completeConnection(callback));
  expect(problem).toMatchObject({ code: 'account-other-identity', status: 409 });
  expect(problem.detail).toContain('@right');
  expect(await api.getAccount({ id: before.id })).toEqual(before);
  expect(
    await world.rows('select * from account_tokens where account_id = $1', [before.id]),
  ).toEqual(tokens);
  expect(await api.getCreatorInfo({ id: before.id })).toMatchObject({ creator_username: right });
  const { webhooks } = await world.tiktok.control.listWebhooks();
  expect(webhooks.map(({ event }) => event)).toContain('authorization.removed');
});

test('another identity that is connected itself is refused, and stays connected', async () => {
  const one = await creator('one');
  const other = await creator('other');
  const first = await connect(world, world.workspace, { username: one });
  const second = await connect(world, world.workspace, { username: other });
  const request = { account_id: first.id };
  const callback = await comeBack(world, world.workspace, { username: other }, request);
  expect(await problemOf(world.workspace.api.completeConnection(callback))).toMatchObject({
    code: 'account-other-identity',
  });
  expect(await world.workspace.api.getCreatorInfo({ id: second.id })).toMatchObject({
    creator_username: other,
  });
});

test('a name that cannot be read keeps no account from being connected', async () => {
  const username = await creator('nameless');
  await world.tiktok.control.addFault({
    match: { path: '/v2/user/info/' },
    action: { status: 400, code: 'invalid_params' },
    times: 1,
  });
  const account = await connect(world, world.workspace, { username });
  expect(account).toMatchObject({ state: 'connected', username: null, displayed_at: null });
});

test.each([
  {
    name: 'a desktop flow without an address',
    body: { flow: 'desktop' as const },
    pointer: '/redirect_uri',
  },
  {
    name: 'a desktop flow to another machine',
    body: { flow: 'desktop' as const, redirect_uri: 'http://192.0.2.1:1234/callback/' },
    pointer: '/redirect_uri',
  },
  {
    name: 'a web flow with an address of its own',
    body: { redirect_uri: 'http://127.0.0.1:1234/callback/' },
    pointer: '/redirect_uri',
  },
  { name: 'a scope that is no name', body: { scopes: ['video publish'] }, pointer: '/scopes/0' },
])('$name is refused, and nothing is begun', async ({ body, pointer }) => {
  const count = async () => (await world.rows('select from connections')).length;
  const before = await count();
  const problem = await problemOf(world.workspace.api.startConnection(body));
  expect(problem).toMatchObject({ code: 'invalid-request', status: 400 });
  expect(problem.errors?.map((error) => error.pointer)).toEqual([pointer]);
  expect(await count()).toBe(before);
});
