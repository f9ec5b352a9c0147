import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { spawnServer } from '../support/spawn-server.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { makeOwnerKey, testEnvironment } from '../support/test-server.ts';
import { happen, listen } from './support/listen.ts';

let own: TestDatabase;
let database: Database;
let env: Record<string, string>;
beforeAll(async () => {
  own = await createTestDatabase();
  env = { ...testEnvironment(own.url), GREENROOM_ROLE: 'web' };
  database = await openDatabase({ url: own.url, maxConnections: 3 });
});
afterAll(async () => {
  await database.close();
  await own.close();
});

test('a browser whose web process is killed goes on at another, and misses nothing', async () => {
  await using first = spawnServer(env);
  await first.ready;
  await using second = spawnServer(env);
  const urls = [(await first.ready).url, (await second.ready).url];
  const { apiKey, workspaceId } = await makeOwnerKey(own.url);
  // As a load balancer does: whoever answers.
  const viaBalancer: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    for (const base of urls) {
      const answer = await fetch(`${base}${pathname}`, init).catch(() => undefined);
      if (answer !== undefined) return answer;
    }
    throw new TypeError('nobody answers');
  };
  await using listener = listen({ baseUrl: 'http://balancer', apiKey, fetch: viaBalancer });
  await expect.poll(() => listener.messages.length, { timeout: 10_000 }).toBe(1);
  const happened = [await happen(database, workspaceId)];
  await expect.poll(listener.heard, { timeout: 10_000 }).toEqual(happened);
  // What happens from here on falls into the kill, before and behind it.
  const writing = (async () => {
    for (let count = 0; count < 40; count += 1) happened.push(await happen(database, workspaceId));
  })();
  await expect.poll(() => listener.heard().length, { timeout: 10_000 }).toBeGreaterThan(5);
  await first.stop('SIGKILL');
  await writing;
  await expect.poll(listener.heard, { timeout: 10_000 }).toEqual(happened);
});

test('a web process that stops ends its streams at once', async () => {
  await using server = spawnServer(env);
  const { url } = await server.ready;
  const { apiKey } = await makeOwnerKey(own.url);
  await using listener = listen({ baseUrl: url, apiKey });
  await expect.poll(() => listener.messages.length, { timeout: 10_000 }).toBe(1);
  const startedAt = performance.now();
  const { code } = await server.stop('SIGTERM');
  expect(code).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
