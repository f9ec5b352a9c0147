import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { connect } from '../support/connect.ts';
import { spawnServer } from '../support/spawn-server.ts';
import { createTestDatabase } from '../support/test-database.ts';

const PATIENCE = { timeout: 60_000 };

test(
  'a server that is killed in the middle leaves neither thing nor key, and the next one creates it',
  PATIENCE,
  async () => {
    await using database = await createTestDatabase();
    await using owner = await connect(database.url);
    const apiKey = await makeKey(owner.client);
    await owner.client.query(`create function slow() returns trigger language plpgsql
    as $$ begin perform pg_sleep(3); return new; end $$`);
    await owner.client.query(
      "create trigger slow before insert on invitations for each row when (new.created_by <> 'first start') execute function slow()",
    );
    const env = {
      DATABASE_URL: database.url,
      GREENROOM_PORT: '0',
      GREENROOM_MASTER_KEY: randomBytes(32).toString('base64'),
      GREENROOM_TEST_MODE: 'true',
    };
    const key = randomUUID();
    await using doomed = spawnServer(env);
    const lost = invite((await doomed.ready).url, apiKey, key).catch((error: unknown) => error);
    await expect
      .poll(() => count(owner.client, "pg_stat_activity where wait_event = 'PgSleep'"), {
        timeout: 20_000,
      })
      .toBe(1);
    await doomed.stop('SIGKILL');
    expect(await lost).toBeInstanceOf(Error);

    await using next = spawnServer(env);
    const { url } = await next.ready;
    // The database notices that its client is gone when the statement ends; until then the key is taken.
    await expect
      .poll(async () => (await invite(url, apiKey, key)).status, { timeout: 30_000, interval: 500 })
      .toBe(201);
    expect(await count(owner.client, "invitations where role = 'viewer'")).toBe(1);
    expect(await count(owner.client, 'idempotency_keys')).toBe(1);
    const replay = await invite(url, apiKey, key);
    expect(replay.headers.get('idempotency-replayed')).toBe('true');
  },
);

async function makeKey(client: pg.Client): Promise<string> {
  const apiKey = `grk_${randomBytes(32).toString('base64url')}`;
  const workspaceId = randomUUID();
  await client.query("insert into workspaces (id, name) values ($1, 'Test')", [workspaceId]);
  await client.query(
    `insert into api_keys (workspace_id, name, token_hash, token_end, scopes, created_by)
     values ($1, 'test', $2, 'test', '{workspace:manage}', 'test')`,
    [workspaceId, createHash('sha256').update(apiKey).digest()],
  );
  return apiKey;
}

function invite(url: string, apiKey: string, key: string): Promise<Response> {
  return fetch(`${url}/api/v1/invitations`, {
    method: 'POST',
    body: '{"role":"viewer"}',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
  });
}

async function count(client: pg.Client, from: string): Promise<number> {
  const { rows } = await client.query(`select count(*)::int as count from ${from}`);
  return rows[0].count;
}
