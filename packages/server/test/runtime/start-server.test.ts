import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '@greenroom/emulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { createLog } from '../../src/logging/log.ts';
import { startServer } from '../../src/runtime/start-server.ts';
import { listTables } from '../support/catalogue.ts';
import { connect } from '../support/connect.ts';
import { TableFiller } from '../support/fill-tables.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { startTestServer, testEnvironment } from '../support/test-server.ts';

const log = createLog({ level: 'silent' });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-start-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function embedded(env: Record<string, string> = {}) {
  return readConfig({ GREENROOM_DATA: join(folder, 'data'), GREENROOM_PORT: '0', ...env });
}

describe('on the embedded database', () => {
  test('the first start prints a link, the owner’s key opens the API, the second start goes on', async () => {
    const first = await startServer(embedded(), { log });
    expect(first.setupUrl).toMatch(new RegExp(`^${first.url}/setup#.{20,}$`));
    const data = join(folder, 'data');
    const apiKey = (await readFile(join(data, 'owner.key'), 'utf8')).trim();
    for (const file of ['owner.key', 'master.key', 'server.json'])
      expect((await stat(join(data, file))).mode & 0o077).toBe(0);
    expect(JSON.parse(await readFile(join(data, 'server.json'), 'utf8'))).toEqual({
      url: first.url,
      pid: process.pid,
    });
    const headers = { authorization: `Bearer ${apiKey}` };
    const workspace = await (await fetch(`${first.url}/api/v1/workspace`, { headers })).json();
    expect(workspace).toMatchObject({ name: 'Main' });
    await first.close();
    await expect(stat(join(data, 'server.json'))).rejects.toThrow('ENOENT');

    await using second = await startServer(embedded(), { log });
    const again = await fetch(`${second.url}/api/v1/workspace`, { headers });
    expect(await again.json()).toEqual(workspace);
  });

  test('a wrong master key is refused with words, and nothing is changed', async () => {
    await (await startServer(embedded(), { log })).close();
    const key = join(folder, 'data', 'master.key');
    const former = await readFile(key, 'utf8');
    await writeFile(key, `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
    await expect(startServer(embedded(), { log })).rejects.toThrow(/master key/i);
    await writeFile(key, former, { mode: 0o600 });
    await using back = await startServer(embedded(), { log });
    expect(back.url).toMatch(/^http/);
  });

  test('a taken port is told before anything is made', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(
      startServer(embedded({ GREENROOM_PORT: String(port) }), { log }),
    ).rejects.toMatchObject({
      code: 'port_taken',
      message: `Another program listens on 127.0.0.1:${port}.`,
      remedy: expect.stringContaining('--port'),
    });
    await expect(stat(join(folder, 'data'))).rejects.toThrow('ENOENT');
    other.close();
  });

  test('an aborted start closes what it has opened', async () => {
    const stop = new AbortController();
    const starting = startServer(embedded(), {
      log,
      signal: stop.signal,
      onStep: () => stop.abort(),
    });
    await expect(starting).rejects.toThrow('aborted');
    // The folder is free again.
    await using next = await startServer(embedded(), { log });
    expect(next.url).toMatch(/^http/);
  });
});

describe('with DATABASE_URL', () => {
  test('a database that stays away is waited for with words, then told', async () => {
    const words: string[] = [];
    const config = readConfig({
      ...testEnvironment('postgres://greenroom:hidden-word@127.0.0.1:1/greenroom'),
    });
    const starting = startServer(config, {
      log,
      patienceMs: 400,
      onStep: (said) => words.push(said),
    });
    await expect(starting).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(words.length).toBeGreaterThan(0);
    expect(words.join()).not.toContain('hidden-word');
  });

  test('a missing master key is told, and no key is made up', async () => {
    await using database = await createTestDatabase();
    const { GREENROOM_MASTER_KEY: _, ...env } = testEnvironment(database.url);
    const config = readConfig({ ...env, GREENROOM_DATA: join(folder, 'data') });
    await expect(startServer(config, { log })).rejects.toThrow(/master key/i);
    await expect(stat(join(folder, 'data', 'master.key'))).rejects.toThrow('ENOENT');
  });

  test('a whole server answers, and moves its clock with TikTok’s in test mode', async () => {
    await using tiktok = await startEmulator();
    await using own = await startTestServer({ tiktok });
    expect(await own.api.getWorkspace()).toMatchObject({ id: own.workspaceId });
    const before = Date.now();
    await own.moveClocks(86_400);
    const { clock } = await tiktok.control.getState();
    expect(Date.parse(clock.now)).toBeGreaterThanOrEqual(before + 86_400_000);
    const answer = await fetch(`${own.url}/_test/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advance_seconds: 0 }),
    });
    const { now } = (await answer.json()) as { readonly now: string };
    expect(Date.parse(now)).toBeGreaterThanOrEqual(before + 86_400_000);
  });

  test('an installation that has accounts never becomes a test installation', async () => {
    await using database = await createTestDatabase();
    {
      await using owner = await connect(database.url);
      const filler = new TableFiller(owner.client);
      const workspaceId = randomUUID();
      const tables = await listTables(owner.client);
      for (const name of ['workspaces', 'accounts']) {
        const table = tables.find((candidate) => candidate.name === name);
        if (table) await filler.fill(table, workspaceId);
      }
    }
    await expect(
      startServer(readConfig(testEnvironment(database.url)), { log }),
    ).rejects.toMatchObject({
      code: 'not_a_test_installation',
      remedy: expect.stringContaining('GREENROOM_TEST_MODE'),
    });
  });

  test('a real installation has no clock to move', async () => {
    await using own = await startTestServer({ env: { GREENROOM_TEST_MODE: 'false' } });
    await expect(own.server.moveClock(1)).rejects.toThrow('only in a test installation');
    const answer = await fetch(`${own.url}/_test/clock`, { method: 'POST' });
    expect(answer.status).toBe(404);
  });
});
