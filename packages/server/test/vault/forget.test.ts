import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@greenroom/contract';
import { type RunningEmulator, startEmulator } from '@greenroom/emulator';
import { expect, test } from 'vitest';
import { Secret } from '../../src/accounts/secret.ts';
import { forgetMasterKey } from '../../src/accounts/vault/forget.ts';
import { masterKeySource } from '../../src/accounts/vault/master-key-source.ts';
import { openVault } from '../../src/accounts/vault/vault.ts';
import { readConfig } from '../../src/config/config.ts';
import { inWorkspace, openDatabase } from '../../src/db/database.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { connect as openClient } from '../support/connect.ts';
import { spawnServer } from '../support/spawn-server.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { makeOwnerKey, testEnvironment } from '../support/test-server.ts';
import { keysFromEnvironment, makeKeyText, makeWorkspace, placeIn } from './fixtures.ts';

const cli = fileURLToPath(new URL('../../../cli/bin/greenroom.js', import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function keysForget(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Run> {
  const whole = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [cli, 'keys', 'forget', ...args],
      { env: whole },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
}

async function rows(url: string, text: string): Promise<Record<string, unknown>[]> {
  await using owner = await openClient(url);
  return (await owner.client.query<Record<string, unknown>>(text)).rows;
}

const DESKTOP = { flow: 'desktop', redirect_uri: 'http://127.0.0.1:8976/callback' } as const;

async function connect(api: Client, tiktok: RunningEmulator, accountId?: string) {
  const again = accountId === undefined ? {} : { account_id: accountId };
  const { authorize_url } = await api.startConnection({ ...DESKTOP, ...again });
  const { redirect_url } = await tiktok.control.decideConsent({
    authorize_url: authorize_url ?? '',
    username: 'public_creator',
    decision: 'allow',
  });
  const callback = new URL(redirect_url).searchParams;
  return api.completeConnection({
    state: callback.get('state') ?? '',
    code: callback.get('code') ?? '',
  });
}

test('a lost master key is given up, and the installation goes on with another', async () => {
  await using tiktok = await startEmulator();
  await using database = await createTestDatabase();
  const env = testEnvironment(database.url, tiktok);
  const first = spawnServer(env);
  const { apiKey, workspaceId } = await first.ready.then(() => makeOwnerKey(database.url));
  const before = createClient({ baseUrl: (await first.ready).url, apiKey });
  const account = await connect(before, tiktok);
  const app = await before.createApp({
    name: 'Agency',
    client_key: 'agency',
    client_secret: 'agency-secret',
  });
  await before.startConnection({ ...DESKTOP, app_id: app.id });
  const other = { ...env, GREENROOM_MASTER_KEY: makeKeyText() };

  const running = await keysForget(other, '--yes');
  expect(running).toMatchObject({ code: 1, stderr: expect.stringContaining('server runs') });
  await first.stop();
  const atHand = await keysForget(env, '--yes');
  expect(atHand).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing is lost') });
  const unasked = await keysForget(other);
  expect(unasked).toMatchObject({ code: 1, stderr: expect.stringContaining('run it again with') });
  const refused = await spawnServer(other).ended;
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('greenroom keys forget'),
  });
  // None of these has changed anything.
  const whole = spawnServer(env);
  expect(
    await createClient({ baseUrl: (await whole.ready).url, apiKey }).getCreatorInfo({
      id: account.id,
    }),
  ).toMatchObject({ creator_username: 'public_creator' });
  await whole.stop();

  const forgotten = await keysForget(other, '--yes', '--json');
  expect(forgotten).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(forgotten.stdout)).toEqual({
    master_key_ids: [expect.stringMatching(/^[0-9a-f]{32}$/u)],
    data_keys: 2,
    accounts: 1,
    apps: 2,
    connections: 1,
    answers: expect.any(Number),
    uploads: 0,
    endpoints: 0,
  });

  await using second = spawnServer(other);
  const api = createClient({ baseUrl: (await second.ready).url, apiKey });
  expect(await api.getAccount({ id: account.id })).toMatchObject({
    state: 'reconnect_needed',
    health: { reasons: [{ code: 'master_key_lost', words: expect.stringContaining('was lost') }] },
  });
  const { items } = await api.listActivity({ account_id: account.id });
  expect(items[0]).toMatchObject({
    action: 'account.reconnect_needed',
    actor: { kind: 'system', id: 'keys forget' },
    reason: 'master_key_lost',
  });
  expect(
    await rows(
      database.url,
      `select workspace_id from activity where action = 'master_key.forgotten'`,
    ),
  ).toEqual([{ workspace_id: null }]);
  expect((await api.getWorkspace()).id).toBe(workspaceId);

  expect(await connect(api, tiktok, account.id)).toMatchObject({
    id: account.id,
    state: 'connected',
  });
  expect(await api.getCreatorInfo({ id: account.id })).toMatchObject({
    creator_username: 'public_creator',
  });
  await expect(api.startConnection({ ...DESKTOP, app_id: app.id })).rejects.toMatchObject({
    code: 'app-missing',
    message: expect.stringContaining('given up with a lost master key'),
  });
  const findings = await diagnose(readConfig(other));
  expect(findings.map(({ words }) => words)).toContainEqual(
    expect.stringContaining('"Agency" was given up with a lost master key'),
  );
  await api.updateApp({ id: app.id, client_secret: 'agency-secret' });
  await api.startConnection({ ...DESKTOP, app_id: app.id });
}, 180_000);

/** A database with a workspace under each of two master keys: a rotation was interrupted, and the former key lost. */
async function sealUnderTwo(url: string) {
  await using database = await openDatabase({ url, maxConnections: 2 });
  const [former, present] = [makeKeyText(), makeKeyText()];
  const seal = async (masterKeys: ReturnType<typeof keysFromEnvironment>, text: string) => {
    const vault = await openVault({ database, masterKeys });
    const workspaceId = await makeWorkspace(database);
    const place = placeIn(workspaceId);
    const sealed = await inWorkspace(database, workspaceId, (tx) =>
      vault.seal(tx, place, Secret.of(text)),
    );
    await inWorkspace(database, workspaceId, (tx) =>
      tx
        .insertInto('idempotency_keys')
        .values({
          key_hash: Buffer.alloc(32, text),
          workspace_id: workspaceId,
          request_hash: Buffer.alloc(32),
          status: 201,
          answer_sealed: sealed,
        })
        .execute(),
    );
    return { workspaceId, place, sealed };
  };
  const lost = await seal(keysFromEnvironment(former), 'lost');
  const [row] = await rows(url, 'select id from master_keys');
  const presentId = (await keysFromEnvironment(present).read())[0].id;
  await rows(url, `insert into master_keys (id, number) values ('${presentId}', 2)`);
  const kept = await seal(keysFromEnvironment(present, former), 'kept');
  return { former, formerId: row?.['id'], present, lost, kept };
}

test('what another master key opens is kept', async () => {
  await using own = await createTestDatabase();
  const { formerId, kept, present } = await sealUnderTwo(own.url);
  const masterKeys = keysFromEnvironment(present);
  const report = await forgetMasterKey({ url: own.url, masterKeys, confirm: () => true });
  expect(report).toMatchObject({ masterKeyIds: [formerId], answers: 1 });
  await using database = await openDatabase({ url: own.url, maxConnections: 2 });
  const vault = await openVault({ database, masterKeys });
  const opened = await inWorkspace(database, kept.workspaceId, (tx) =>
    vault.open(tx, kept.place, kept.sealed),
  );
  expect(opened.reveal()).toBe('kept');
  expect(await rows(own.url, 'select workspace_id from idempotency_keys')).toEqual([
    { workspace_id: kept.workspaceId },
  ]);
});

test('all of it happens or nothing, and nothing unless it is confirmed', async () => {
  await using own = await createTestDatabase();
  const { present } = await sealUnderTwo(own.url);
  const masterKeys = keysFromEnvironment(present);
  const count =
    'select (select count(*) from data_keys), (select count(*) from master_keys) as m, (select count(*) from idempotency_keys) as i';
  const before = await rows(own.url, count);
  expect(await forgetMasterKey({ url: own.url, masterKeys, confirm: () => false })).toBeUndefined();
  expect(await rows(own.url, count)).toEqual(before);
  await rows(own.url, `alter table activity add check (action <> 'master_key.forgotten')`);
  await expect(
    forgetMasterKey({ url: own.url, masterKeys, confirm: () => true }),
  ).rejects.toMatchObject({ code: '23514' });
  expect(await rows(own.url, count)).toEqual(before);
});

test('a key that is there and cannot be read is not lost', async () => {
  await using own = await createTestDatabase();
  await sealUnderTwo(own.url);
  const masterKeys = masterKeySource({
    masterKey: Secret.of('garbled'),
    dataFolder: '/nonexistent',
  });
  await expect(
    forgetMasterKey({ url: own.url, masterKeys, confirm: () => true }),
  ).rejects.toMatchObject({ code: 'master_key_malformed' });
});

test('knows every sealed column', async () => {
  await using own = await createTestDatabase();
  const columns = await rows(
    own.url,
    `select table_name || '.' || column_name as name from information_schema.columns
     where column_name like '%\\_sealed' order by 1`,
  );
  // A new one? Teach it to forget-queries.ts, too.
  expect(columns.map(({ name }) => name)).toEqual([
    'account_tokens.access_token_sealed',
    'account_tokens.refresh_token_sealed',
    'attempts.upload_sealed',
    'connections.code_verifier_sealed',
    'idempotency_keys.answer_sealed',
    'tiktok_apps.client_secret_sealed',
    'webhook_endpoints.previous_secret_sealed',
    'webhook_endpoints.secret_sealed',
  ]);
});
