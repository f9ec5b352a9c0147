import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureInstallationApp, getAppCredentials } from '../../src/accounts/apps.ts';
import { Secret } from '../../src/accounts/secret.ts';
import { inWorkspace } from '../../src/db/database.ts';
import { comeBack, connect } from './support/connect.ts';
import { holdTokens } from './support/hold-tokens.ts';
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

const SECRET = 'a-secret-that-nobody-may-see';
let keys = 0;

/** Registers an app of the workspace that TikTok knows, too. */
async function register(name = 'Ours') {
  keys += 1;
  const client_key = `own-${keys}`;
  await world.tiktok.control.putApp(client_key, {
    client_secret: SECRET,
    scopes: ['user.info.basic', 'user.info.profile', 'video.publish'],
    redirect_uris: ['http://127.0.0.1:*/*'],
  });
  return workspace.api.createApp({ name, client_key, client_secret: SECRET });
}

test("the installation's app is there for every workspace, and cannot be changed by one", async () => {
  const { items } = await workspace.api.listApps();
  expect(items).toMatchObject([
    {
      client_key: 'audited',
      belongs_to: 'installation',
      redirect_uri: 'http://127.0.0.1:8787/connect/callback',
    },
  ]);
  const id = items[0]?.id ?? '';
  const renaming = workspace.api.updateApp({ id, name: 'Mine' });
  expect(await problemOf(renaming)).toMatchObject({ code: 'forbidden' });
  expect(await problemOf(workspace.api.deleteApp({ id }))).toMatchObject({ code: 'forbidden' });
});

test('the secret of an app is sealed, and in no answer, log or row', async () => {
  const app = await register();
  expect(Object.keys(app).toSorted()).toEqual([
    'belongs_to',
    'client_key',
    'created_at',
    'daily_users',
    'id',
    'is_audited',
    'name',
    'redirect_uri',
    'updated_at',
  ]);
  const rows = await world.rows<{ line: string; secret: Buffer }>(
    'select t::text as line, client_secret_sealed as secret from tiktok_apps t where id = $1',
    [app.id],
  );
  expect(rows[0]?.line).not.toContain(SECRET);
  expect(rows[0]?.secret.includes(SECRET)).toBe(false);
  expect(world.logged.join('')).not.toContain(SECRET);
  const credentials = await inWorkspace(world.services.database, workspace.id, (tx) =>
    getAppCredentials(world.services, tx, app.id),
  );
  expect(credentials.clientSecret.equals(Secret.of(SECRET))).toBe(true);
});

test('a workspace with one app of its own connects through it', async () => {
  const app = await register();
  await world.tiktok.control.putCreator('own.app');
  const scopes = ['user.info.basic', 'user.info.profile', 'video.publish'];
  const account = await connect(world, workspace, { username: 'own.app' }, { scopes });
  expect(account).toMatchObject({ app_id: app.id, username: 'own.app' });
});

test('with several apps of its own, one has to be named', async () => {
  const first = await register('First');
  await register('Second');
  const problem = await problemOf(workspace.api.startConnection());
  expect(problem).toMatchObject({ code: 'app-missing', status: 409 });
  expect(problem.detail).toContain(`First (${first.id})`);
  const started = await workspace.api.startConnection({ app_id: first.id });
  expect(started.app_id).toBe(first.id);
});

test('without any app nothing can be begun', async () => {
  await using bare = await startWorld({
    env: { TIKTOK_CLIENT_KEY: '', TIKTOK_CLIENT_SECRET: '' },
  });
  const problem = await problemOf(bare.workspace.api.startConnection());
  expect(problem).toMatchObject({
    code: 'app-missing',
    detail: 'Neither the workspace nor the installation has a TikTok app.',
  });
});

test.each([
  { of: 'the same workspace', other: false },
  { of: 'another workspace', other: true },
])('a client_key of $of is taken', async ({ other }) => {
  const { client_key } = await register();
  const { api } = other ? await world.addWorkspace() : workspace;
  const again = api.createApp({ name: 'Again', client_key, client_secret: 'x' });
  expect(await problemOf(again)).toMatchObject({ code: 'app-key-taken', status: 409 });
});

test('an app gets another name and another secret', async () => {
  const app = await register();
  expect(await workspace.api.updateApp({ id: app.id, name: 'Renamed' })).toMatchObject({
    name: 'Renamed',
    client_key: app.client_key,
  });
  await workspace.api.updateApp({ id: app.id, client_secret: 'another' });
  const { clientSecret } = await inWorkspace(world.services.database, workspace.id, (tx) =>
    getAppCredentials(world.services, tx, app.id),
  );
  expect(clientSecret.equals(Secret.of('another'))).toBe(true);
});

test('an app says what TikTok lets it do, as far as somebody told', async () => {
  const app = await register();
  expect(app).toMatchObject({ is_audited: null, daily_users: null });
  const { api } = workspace;
  const told = { is_audited: true, daily_users: 500 };
  expect(await api.updateApp({ id: app.id, ...told })).toMatchObject(told);
  expect(await api.updateApp({ id: app.id, name: 'Renamed' })).toMatchObject(told);
  expect(await api.updateApp({ id: app.id, daily_users: null })).toMatchObject({
    is_audited: true,
    daily_users: null,
  });
});

test('an app is deleted only when none of its accounts is in use', async () => {
  const app = await register();
  await world.tiktok.control.putCreator('last.one');
  const request = { app_id: app.id, scopes: ['user.info.basic', 'user.info.profile'] };
  const { id } = await connect(world, workspace, { username: 'last.one' }, request);
  expect(await problemOf(workspace.api.deleteApp({ id: app.id }))).toMatchObject({
    code: 'app-in-use',
    detail: '1 account is connected through it. Disconnect first.',
  });
  await workspace.api.disconnectAccount({ id });
  await workspace.api.deleteApp({ id: app.id });
  expect((await workspace.api.listApps()).items.map((one) => one.id)).not.toContain(app.id);
  const { items } = await workspace.api.listActivity({ action: 'app.deleted' });
  expect(items).toMatchObject([{ subject_id: app.id }]);
});

test('an app is not deleted while an account that was disconnected comes back through it', async () => {
  const app = await register();
  await world.tiktok.control.putCreator('homecomer');
  const request = { app_id: app.id, scopes: ['user.info.basic', 'video.publish'] };
  const { id } = await connect(world, workspace, { username: 'homecomer' }, request);
  await workspace.api.disconnectAccount({ id });
  const callback = await comeBack(world, workspace, { username: 'homecomer' }, request);
  await using tokens = await holdTokens(world);
  const again = workspace.api.completeConnection(callback);
  await tokens.waiting(1);
  const deleting = problemOf(workspace.api.deleteApp({ id: app.id }));
  await tokens.waiting(2);
  await tokens.release();
  expect(await again).toMatchObject({ id, state: 'connected' });
  expect(await deleting).toMatchObject({ code: 'app-in-use' });
  expect(await workspace.api.getCreatorInfo({ id })).toMatchObject({
    creator_username: 'homecomer',
  });
});

test('an app that was deleted while TikTok was asked: nothing is stored, and the tokens are given back', async () => {
  const app = await register();
  await world.tiktok.control.putCreator('latecomer');
  const request = { app_id: app.id, scopes: ['user.info.basic'] };
  const callback = await comeBack(world, workspace, { username: 'latecomer' }, request);
  await world.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { delay_ms: 1_000 },
    times: 1,
  });
  const completing = problemOf(workspace.api.completeConnection(callback));
  const used = 'select from connections where app_id = $1 and used_at is not null';
  await expect.poll(() => world.rows(used, [app.id])).toHaveLength(1);
  await workspace.api.deleteApp({ id: app.id });
  expect(await completing).toMatchObject({ code: 'app-missing' });
  const { items } = await workspace.api.listActivity({ action: 'token.revoked' });
  expect(items).toMatchObject([{ details: { answer: 'empty_object' } }]);
});

test("another workspace's app is not found", async () => {
  const { id } = await register();
  const { api } = await world.addWorkspace();
  const code = 'not-found';
  expect(await problemOf(api.updateApp({ id, name: 'Mine' }))).toMatchObject({ code });
  expect(await problemOf(api.deleteApp({ id }))).toMatchObject({ code });
  expect(await problemOf(api.startConnection({ app_id: id }))).toMatchObject({ code });
});

test("the installation's app follows the configuration, from several processes at once", async () => {
  const { services } = world;
  const config = {
    ...services.config,
    tiktokClientKey: 'configured',
    tiktokClientSecret: Secret.of('first'),
  };
  await Promise.all(
    Array.from({ length: 4 }, () => ensureInstallationApp({ ...services, config })),
  );
  const renewed = { ...config, tiktokClientSecret: Secret.of('second') };
  await ensureInstallationApp({ ...services, config: renewed });
  const rows = await world.rows<{ id: string }>(
    `select id from tiktok_apps where client_key = 'configured'`,
  );
  expect(rows).toHaveLength(1);
  const { clientSecret } = await inWorkspace(services.database, workspace.id, (tx) =>
    getAppCredentials(services, tx, rows[0]?.id ?? ''),
  );
  expect(clientSecret.equals(Secret.of('second'))).toBe(true);
  const told = { ...renewed, tiktokAppIsAudited: false, tiktokAppDailyUsers: 7 };
  await ensureInstallationApp({ ...services, config: told });
  const standing = { is_audited: false, daily_users: 7 };
  const query = `select is_audited, daily_users from tiktok_apps where client_key = 'configured'`;
  expect(await world.rows(query)).toEqual([standing]);
  await ensureInstallationApp({ ...services, config: renewed });
  expect(await world.rows(query)).toEqual([{ is_audited: null, daily_users: null }]);
});

test('a client_key that a workspace has registered is no app of the installation', async () => {
  const { client_key } = await register();
  const { services } = world;
  const config = {
    ...services.config,
    tiktokClientKey: client_key,
    tiktokClientSecret: Secret.of(SECRET),
  };
  await expect(ensureInstallationApp({ ...services, config })).rejects.toThrow(
    /TIKTOK_CLIENT_KEY is the client_key of an app that a workspace has registered/,
  );
});
