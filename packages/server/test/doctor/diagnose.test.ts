import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningEmulator, startEmulator } from '@greenroom/emulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { diagnose, type Finding } from '../../src/doctor/diagnose.ts';
import { createLog } from '../../src/logging/log.ts';
import { startServer } from '../../src/runtime/start-server.ts';
import { connect } from '../support/connect.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { startTestServer, type TestServer, testEnvironment } from '../support/test-server.ts';

const log = createLog({ level: 'silent' });

let folder: string;
let tiktok: RunningEmulator;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-doctor-'));
  tiktok = await startEmulator();
});
afterEach(async () => {
  await tiktok.close();
  await rm(folder, { recursive: true, force: true });
});

/** What is found that is not well, by its check. */
async function complaints(env: Readonly<Record<string, string>>): Promise<Record<string, Finding>> {
  const findings = await diagnose(readConfig({ GREENROOM_DATA: join(folder, 'data'), ...env }));
  expect(new Set(findings.map(({ check }) => check)).size).toBe(findings.length);
  const bad = findings.filter(({ status }) => status !== 'ok' && status !== 'skipped');
  for (const one of bad) expect.soft(one.remedy ?? one.words).toMatch(/\w{3}/);
  return Object.fromEntries(bad.map((one) => [one.check, one]));
}

async function prepared(): Promise<TestServer> {
  return startTestServer({ tiktok });
}

describe('an installation that is well has no complaint', () => {
  test('while its server runs', async () => {
    await using own = await prepared();
    const { port } = new URL(own.url);
    expect(await complaints({ ...own.env, GREENROOM_PORT: port })).toEqual({});
  });

  test('while its server is down, embedded', async () => {
    const { DATABASE_URL: _, GREENROOM_MASTER_KEY: __, ...env } = testEnvironment('', tiktok);
    const embedded = { ...env, GREENROOM_DATA: join(folder, 'data') };
    // Before its first start, and after it.
    expect(await complaints(embedded)).toEqual({});
    const server = await startServer(readConfig(embedded), { log });
    expect(await complaints(embedded)).toEqual({});
    await server.close();
    expect(await complaints(embedded)).toEqual({});
  });
});

test('a server that runs elsewhere than configured is found, and named by its own address', async () => {
  const { DATABASE_URL: _, GREENROOM_MASTER_KEY: __, ...env } = testEnvironment('', tiktok);
  const embedded = { ...env, GREENROOM_DATA: join(folder, 'data') };
  const server = await startServer(readConfig(embedded), { log });
  try {
    const words = async (check: string) =>
      (await diagnose(readConfig({ ...embedded, GREENROOM_PORT: '8787' }))).find(
        (one) => one.check === check,
      )?.words;
    expect(await words('server')).toContain(server.url);
    expect(await words('public_url')).toContain(server.url);

    const file = join(folder, 'data', 'server.json');
    await writeFile(file, '{"url": "http://127.0.0.1');
    expect(await words('server_file')).toContain(file);
    expect(await words('server')).toBeDefined();
  } finally {
    await server.close();
  }
});

describe('what is wrong is found, with words', () => {
  test.each([
    {
      what: 'a secret that TikTok does not take',
      env: { TIKTOK_CLIENT_SECRET: 'another-secret' },
      check: 'credentials',
      status: 'failed',
      words: /TikTok refuses the app of TIKTOK_CLIENT_KEY/,
    },
    {
      what: 'no app',
      env: { TIKTOK_CLIENT_KEY: '', TIKTOK_CLIENT_SECRET: '' },
      check: 'credentials',
      status: 'warning',
      words: /no TikTok app/,
      isFresh: true,
    },
    {
      what: 'a TikTok that cannot be reached',
      env: { TIKTOK_API_URL: 'http://127.0.0.1:1' },
      check: 'credentials',
      status: 'failed',
      words: /could not be asked/,
    },
    {
      what: 'a redirect URI that is not registered',
      env: { GREENROOM_PUBLIC_URL: 'https://elsewhere.example.com' },
      check: 'redirect_uri',
      status: 'failed',
      words: /https:\/\/elsewhere\.example\.com\/connect\/callback/,
    },
    {
      what: 'plain http for others than this machine',
      env: { GREENROOM_PUBLIC_URL: 'http://greenroom.example.com' },
      check: 'public_url',
      status: 'warning',
      words: /plain http/,
    },
    {
      what: 'a wrong master key',
      env: { GREENROOM_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') },
      check: 'master_key',
      status: 'failed',
      words: /master key/,
    },
    {
      what: 'a database that is away',
      env: { DATABASE_URL: 'postgres://greenroom:hidden-word@127.0.0.1:1/greenroom' },
      check: 'database',
      status: 'failed',
      words: /ECONNREFUSED/,
    },
  ])('$what', async ({ check, env, isFresh, status, words }) => {
    await using own = isFresh === true ? await startTestServer() : await prepared();
    const given = { ...own.env, GREENROOM_PORT: new URL(own.url).port, ...env };
    const found = await complaints(given);
    expect(found[check]).toMatchObject({ status, words: expect.stringMatching(words) });
    expect(JSON.stringify(found)).not.toContain('hidden-word');
    expect(JSON.stringify(found)).not.toContain('another-secret');
  });

  test('a scope that the app may not ask for', async () => {
    await using own = await prepared();
    await tiktok.control.putApp('audited', { scopes: ['user.info.basic'] });
    const found = await complaints({ ...own.env, GREENROOM_PORT: new URL(own.url).port });
    expect(found['scopes']).toMatchObject({ status: 'failed' });
  });

  test('files that others may read', async () => {
    await using own = await prepared();
    const key = join(folder, 'master.key');
    await writeFile(key, own.env['GREENROOM_MASTER_KEY'] ?? '');
    await chmod(key, 0o644);
    const { GREENROOM_MASTER_KEY: _, ...env } = own.env;
    const found = await complaints({ ...env, GREENROOM_MASTER_KEY_FILE: key });
    expect(found['files']).toMatchObject({
      status: 'failed',
      words: expect.stringContaining(key),
      remedy: expect.stringContaining(`chmod go-rwx '${key}'`),
    });
  });

  test('a schema that is newer, and one that is still to come', async () => {
    await using own = await prepared();
    {
      await using owner = await connect(own.databaseUrl);
      await owner.client.query(
        "insert into schema_migrations (number, name, checksum) values (999, 'later', 'x')",
      );
    }
    expect((await complaints(own.env))['schema']).toMatchObject({
      status: 'failed',
      words: expect.stringContaining('newer'),
    });
    await using empty = await createTestDatabase({ isEmpty: true });
    expect((await complaints({ ...own.env, DATABASE_URL: empty.url }))['schema']).toMatchObject({
      status: 'warning',
      remedy: expect.stringContaining('greenroom serve'),
    });
  });

  test('a secret that stands in the open in the database', async () => {
    await using own = await prepared();
    {
      await using owner = await connect(own.databaseUrl);
      await owner.client.query(
        "update workspaces set name = 'act.mHVqkXo2eTxkPBGwYfZ4mHVqkXo2eTxk!4873.va'",
      );
    }
    const found = await complaints(own.env);
    expect(found['sealed']).toMatchObject({
      status: 'failed',
      words: expect.stringContaining('workspaces.name'),
    });
  });

  test('a port that another program has', async () => {
    const other = createServer((_request, response) => response.end('hello')).listen(
      0,
      '127.0.0.1',
    );
    await new Promise((resolve) => other.once('listening', resolve));
    // It listens on TCP, so its address is no pipe's name.
    const { port } = other.address() as AddressInfo;
    await using database = await createTestDatabase();
    const env = { ...testEnvironment(database.url, tiktok), GREENROOM_PORT: String(port) };
    expect((await complaints(env))['server']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('--port'),
    });
    other.close();
  });

  test('a clock that is not TikTok’s', async () => {
    const behind = createServer((_request, response) => {
      response.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString()).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => behind.once('listening', resolve));
    // It listens on TCP, so its address is no pipe's name.
    const { port } = behind.address() as AddressInfo;
    await using database = await createTestDatabase();
    const found = await complaints({
      ...testEnvironment(database.url),
      GREENROOM_TEST_MODE: 'false',
      TIKTOK_API_URL: `http://127.0.0.1:${port}`,
    });
    behind.close();
    expect(found['clock_tiktok']).toMatchObject({
      status: 'failed',
      words: expect.stringMatching(/The clock of TikTok is 3[56]\d\d s behind/),
    });
  });
});
