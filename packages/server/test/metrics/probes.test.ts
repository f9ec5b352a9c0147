import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { startEmulator } from '@greenroom/emulator';
import { describe, expect, test } from 'vitest';
import { connect } from '../support/connect.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const TOKEN = 'metrics-token-of-this-test';

/** Asks a server on loopback; `fetch` sets the Host header as it likes. */
async function ask(
  { url }: Pick<TestServer, 'url'>,
  headers: Readonly<Record<string, string>> = {},
  path = '/metrics',
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const asked = get(`${url}${path}`, { headers });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, body: await text(answer) };
}

describe('/metrics', () => {
  test('is for loopback, and for no proxy on it', async () => {
    await using own = await startTestServer();
    const direct = await fetch(`${own.url}/metrics`);
    expect(direct.status).toBe(200);
    expect(direct.headers.get('content-type')).toContain('text/plain');
    for (const header of ['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'x-real-ip', 'via'])
      expect.soft((await ask(own, { [header]: '203.0.113.7' })).status, header).toBe(401);
    expect((await ask(own, { host: 'greenroom.example.com' })).status).toBe(401);
    expect((await ask(own, { host: 'localhost' })).status).toBe(200);
  });

  test('is for nobody without a token where a proxy may ask for everybody', async () => {
    // What nginx sends by itself does not tell that it is a proxy.
    await using own = await startTestServer({
      env: { GREENROOM_PUBLIC_URL: 'https://greenroom.example.com' },
    });
    expect((await ask(own)).status).toBe(401);
  });

  test('is for whoever has the token once there is one, and for nobody else', async () => {
    await using own = await startTestServer({
      env: { GREENROOM_METRICS_TOKEN: TOKEN, GREENROOM_PUBLIC_URL: 'https://green.example.com' },
    });
    const foreign = { 'x-forwarded-for': '203.0.113.7', host: 'green.example.com' };
    expect((await ask(own, { ...foreign, authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect((await ask(own, { ...foreign, authorization: `Bearer ${TOKEN}x` })).status).toBe(401);
    expect((await ask(own, foreign)).status).toBe(401);
    expect((await ask(own, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await ask(own)).status).toBe(401);
  });

  test('counts requests by their route, never by what stands in the address', async () => {
    await using tiktok = await startEmulator();
    await using own = await startTestServer({ tiktok });
    const canary = 'act.canaryInAnAddress0123456789';
    await fetch(`${own.url}/api/v1/accounts/${canary}?code=${canary}`, {
      headers: { authorization: `Bearer ${own.apiKey}` },
    });
    await fetch(`${own.url}/nowhere/${canary}`);
    await expect
      .poll(async () => (await fetch(`${own.url}/metrics`)).text(), { timeout: 10_000 })
      .toMatch(/greenroom_sweeps_total\{sweep="token-refresh",outcome="done"\} [1-9]/);
    const figures = await (await fetch(`${own.url}/metrics`)).text();
    expect(figures).not.toContain('canary');
    expect(figures).toMatch(
      /greenroom_http_request_seconds_count\{method="GET",route="\/api\/v1\/accounts\/:id",status="4\d\d"\} 1/,
    );
    for (const name of [
      'greenroom_token_handouts_total',
      'greenroom_token_refreshes_total',
      'greenroom_token_refresh_seconds',
      'greenroom_token_refresh_age_seconds',
      'greenroom_sweep_last_done_timestamp_seconds',
      'greenroom_webhook_events_total',
      'greenroom_database_connections',
      'process_resident_memory_bytes',
    ])
      expect(figures).toContain(`# HELP ${name} `);
    expect(figures).toMatch(/greenroom_database_connections\{state="idle"\} \d/);
  });
});

describe('the log', () => {
  test('has one line a request, with its id, route, status, duration and who asked', async () => {
    await using own = await startTestServer({ env: { LOG_LEVEL: 'trace' } });
    const answer = await fetch(`${own.url}/api/v1/workspace?code=c4nary*0!4873`, {
      headers: { authorization: `Bearer ${own.apiKey}` },
    });
    expect(answer.status).toBeLessThan(500);
    const lines = own.logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    const requests = lines.filter(({ route }) => route === '/api/v1/workspace');
    expect(requests).toEqual([
      expect.objectContaining({
        request_id: expect.any(String),
        method: 'GET',
        status: answer.status,
        duration_ms: expect.any(Number),
      }),
    ]);
    expect(own.logged.join('')).not.toContain('c4nary');
    expect(own.logged.join('')).not.toContain(own.apiKey);

    await own.api.getWorkspace();
    const last = own.logged.map((line) => JSON.parse(line) as Record<string, unknown>).at(-1);
    expect(last).toMatchObject({ status: 200, principal_id: expect.stringMatching(/.{8}/) });
  });
});

describe('/readyz and /healthz', () => {
  test('say that all is well', async () => {
    await using own = await startTestServer();
    expect(await (await fetch(`${own.url}/healthz`)).json()).toEqual({ status: 'ok' });
    const answer = await fetch(`${own.url}/readyz`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: 'ready',
      checks: ['database', 'schema', 'vault', 'sweeps'].map((check) => ({ check, ok: true })),
    });
  });

  test('say which part fails: a schema that went on, a vault that no longer opens', async () => {
    await using own = await startTestServer();
    await using owner = await connect(own.databaseUrl);
    await owner.client.query(
      "insert into schema_migrations (number, name, checksum) values (999, 'later', 'x')",
    );
    await owner.client.query('delete from data_keys where workspace_id is null');
    await expect
      .poll(async () => {
        const answer = await fetch(`${own.url}/readyz`);
        const { checks } = (await answer.json()) as {
          readonly checks: readonly { readonly check: string; readonly ok: boolean }[];
        };
        const failing = checks.filter(({ ok }) => !ok).map(({ check }) => check);
        return { status: answer.status, failing };
      })
      .toEqual({ status: 503, failing: ['schema', 'vault'] });
    expect((await fetch(`${own.url}/healthz`)).status).toBe(200);

    // Words name files, addresses and keys: they are for who runs it, on this machine or with the token.
    const { body } = await ask(own, {}, '/readyz');
    expect(JSON.parse(body)).toMatchObject({
      checks: expect.arrayContaining([{ check: 'vault', ok: false, words: expect.any(String) }]),
    });
    const foreign = await ask(own, { 'x-real-ip': '203.0.113.7' }, '/readyz');
    expect(foreign.status).toBe(503);
    expect(JSON.parse(foreign.body)).toEqual({
      status: 'not_ready',
      checks: ['database', 'schema', 'vault', 'sweeps'].map((check) => ({
        check,
        ok: check === 'database' || check === 'sweeps',
      })),
    });
  });

  test('are answered however many requests their address sends', async () => {
    await using own = await startTestServer({
      env: { GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '5' },
    });
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async () => (await fetch(`${own.url}/healthz`)).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    const others = await Promise.all(
      Array.from({ length: 12 }, async () => (await fetch(`${own.url}/api/v1/session`)).status),
    );
    expect(others).toContain(429);
  });
});
