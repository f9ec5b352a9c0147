import { createClient } from '@greenroom/contract';
import { startEmulator } from '@greenroom/emulator';
import { expect, test, vi } from 'vitest';
import { connect as openClient } from '../support/connect.ts';
import { type ServerProcess, spawnServer } from '../support/spawn-server.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { makeOwnerKey, testEnvironment } from '../support/test-server.ts';

/** Processes that share a database and a TikTok, one after the other. */
async function startSite() {
  const tiktok = await startEmulator();
  const database = await createTestDatabase();
  const env = testEnvironment(database.url, tiktok);
  let apiKey: string | undefined;
  return {
    tiktok,
    start: async () => {
      const server = spawnServer(env);
      const { url } = await server.ready;
      apiKey ??= (await makeOwnerKey(database.url)).apiKey;
      return { server, url, api: createClient({ baseUrl: url, apiKey }) };
    },
    rows: async <Row extends object>(query: string): Promise<Row[]> => {
      await using owner = await openClient(database.url);
      // The test names the columns that its query gives.
      return (await owner.client.query(query)).rows as Row[];
    },
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await tiktok.close();
    },
  };
}

type Site = Awaited<ReturnType<typeof startSite>>;
type Running = Awaited<ReturnType<Site['start']>>;

async function comeBack({ tiktok }: Site, { api }: Running) {
  const { id, authorize_url } = await api.startConnection();
  const { redirect_url } = await tiktok.control.decideConsent({
    authorize_url: authorize_url ?? '',
    username: 'public_creator',
    decision: 'allow',
  });
  const parameters = new URL(redirect_url).searchParams;
  const callback = {
    state: parameters.get('state') ?? '',
    code: parameters.get('code') ?? '',
  };
  return { id, callback };
}

async function moveClock({ url }: Running, seconds: number): Promise<void> {
  const response = await fetch(`${url}/_test/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advance_seconds: seconds }),
  });
  expect(response.ok).toBe(true);
}

function kill(server: ServerProcess) {
  return server.stop('SIGKILL');
}

test('killed between TikTok’s answer to the exchange and our commit: nothing is half stored, and the creator begins again', async () => {
  await using site = await startSite();
  const first = await site.start();
  await using _first = first.server;
  const { callback, id } = await comeBack(site, first);
  // The tokens are made at once, and their answer comes so slowly that the kill is within it.
  const fault = await site.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { bytes_per_second: 10 },
  });
  const issued = async () => (await site.tiktok.control.getState()).counts['access_tokens'] ?? 0;
  const before = await issued();
  const cut = first.api.completeConnection(callback).catch((error: unknown) => error);
  await vi.waitFor(async () => expect(await issued()).toBe(before + 1), 10_000);
  await kill(first.server);
  expect(await cut).toMatchObject({ code: 'no-answer' });
  await site.tiktok.control.deleteFault(fault.id);

  expect(await site.rows('select from accounts')).toEqual([]);
  expect(await site.rows('select from account_tokens')).toEqual([]);
  const second = await site.start();
  await using _second = second.server;
  await moveClock(second, 121);
  expect(await second.api.getConnection({ id })).toMatchObject({
    state: 'failed',
    outcome_code: 'interrupted',
    words: 'Greenroom was interrupted before the account was stored. Begin again.',
  });
  await expect(second.api.completeConnection(callback)).rejects.toMatchObject({
    code: 'connection-used',
  });
  const again = await comeBack(site, second);
  expect(await second.api.completeConnection(again.callback)).toMatchObject({
    state: 'connected',
    health: { is_healthy: true },
  });
});

test('killed while an event of TikTok’s is processed: the next process finishes it', async () => {
  await using site = await startSite();
  const first = await site.start();
  await using _first = first.server;
  const { callback } = await comeBack(site, first);
  const { id } = await first.api.completeConnection(callback);
  // The event comes so soon after the connection that TikTok has to be asked, and TikTok is slow.
  const fault = await site.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { delay_ms: 60_000 },
  });
  const webhook_url = `${first.url}/webhooks/tiktok`;
  await site.tiktok.control.putApp('audited', { webhook_url });
  const act = { act: 'disconnect', client_key: 'audited', reason: 1 } as const;
  await site.tiktok.control.act('public_creator', act);
  const attempts = () =>
    site.rows<{ attempts: number }>(
      'select attempts from webhook_events where processed_at is null',
    );
  await vi.waitFor(async () => expect(await attempts()).toEqual([{ attempts: 1 }]), 10_000);
  await kill(first.server);
  await site.tiktok.control.deleteFault(fault.id);

  const second = await site.start();
  await using _second = second.server;
  await moveClock(second, 31);
  await expect
    .poll(() => second.api.getAccount({ id }), { timeout: 15_000 })
    .toMatchObject({
      state: 'reconnect_needed',
      health: { reasons: [{ code: 'removed_by_creator' }] },
    });
  expect(await site.rows('select outcome, attempts from webhook_events')).toEqual([
    { outcome: 'explained', attempts: 2 },
  ]);
  expect(await site.rows('select from account_tokens')).toEqual([]);
});
