import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createClient } from '@greenroom/contract';
import { type RunningEmulator, startEmulator } from '@greenroom/emulator';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { backup } from '../../src/backup/backup.ts';
import { restore } from '../../src/backup/restore.ts';
import { readConfig } from '../../src/config/config.ts';
import { createLog } from '../../src/logging/log.ts';
import { startServer } from '../../src/runtime/start-server.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { readAll } from './engines.ts';

// Databases are made, killed and recovered here: a machine that does other things too takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-backup-'));
  file = join(folder, 'greenroom.backup');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a restored installation uses its tokens with its master key, and refuses to start with another', async () => {
  await using tiktok = await startEmulator();
  await using before = await startTestServer({ tiktok });
  const { account } = await connect(tiktok, before);
  // While the server runs.
  await backup({ url: before.databaseUrl, file });
  await before.server.close();

  await using database = await createTestDatabase({ isEmpty: true });
  const report = await restore({ url: database.url, file });
  expect(report.masterKeyIds).toHaveLength(1);
  const env = { ...before.env, DATABASE_URL: database.url };

  const restored = await readAll(database.url);
  const wrong = { ...env, GREENROOM_MASTER_KEY: randomBytes(32).toString('base64') };
  await expect(startServer(readConfig(wrong), { log })).rejects.toMatchObject({
    name: 'VaultError',
    message: expect.stringContaining(report.masterKeyIds[0] ?? 'a key id'),
  });
  expect(await readAll(database.url)).toEqual(restored);

  await using after = await startServer(readConfig(env), { log });
  const api = createClient({ baseUrl: after.url, apiKey: before.apiKey });
  // Right behind the connecting, the sweep may have asked for the name and the picture once more.
  const displayed_at = expect.any(String);
  expect(await api.getAccount({ id: account.id })).toEqual({ ...account, displayed_at });
  expect(await api.getCreatorInfo({ id: account.id })).toMatchObject({
    creator_username: 'public_creator',
  });
});

test('a backup holds no token, secret or key that is not sealed', async () => {
  await using tiktok = await startEmulator();
  await using server = await startTestServer({ tiktok });
  const { account, code, state } = await connect(tiktok, server);
  await backup({ url: server.databaseUrl, file });
  const text = gunzipSync(await readFile(file)).toString('latin1');
  expect(text).toContain(account.id);
  const masterKey = server.env['GREENROOM_MASTER_KEY'] ?? 'none';
  const masterKeyBytes = Buffer.from(masterKey, 'base64').toString('hex');
  const secrets = [masterKey, server.apiKey, 'emulator-secret', code, state];
  const asBytes = secrets.map((secret) => Buffer.from(secret).toString('hex'));
  for (const secret of [...secrets, ...asBytes, masterKeyBytes]) {
    expect(text).not.toContain(secret);
  }
  // How TikTok's tokens begin, as text and as bytes.
  expect(text).not.toMatch(/\b(act|rft)\.[\w!-]{8}/);
  expect(text).not.toMatch(/6163742e|7266742e/);
});

const log = createLog({ destination: { write: () => undefined } });

/** Connects an account as a person does. */
async function connect(tiktok: RunningEmulator, { api }: TestServer) {
  const { authorize_url } = await api.startConnection();
  const { redirect_url } = await tiktok.control.decideConsent({
    authorize_url: authorize_url ?? '',
    username: 'public_creator',
    decision: 'allow',
  });
  const { code = '', state = '', ...more } = Object.fromEntries(new URL(redirect_url).searchParams);
  expect(code).not.toBe('');
  return { account: await api.completeConnection({ code, state, ...more }), code, state };
}
