import { randomUUID } from 'node:crypto';
import { createClient, GreenroomError, operations } from '@greenroom/contract';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { moveClock } from '../../src/db/clock.ts';
import { inInstallation } from '../../src/db/database.ts';
import { deleteExpiredIdempotencyKeys } from '../../src/http/idempotency.ts';
import { connect } from '../support/connect.ts';
import { MANY_REQUESTS } from '../support/many-requests.ts';
import { type HttpServer, startHttpServer } from './support/http-server.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    env: MANY_REQUESTS,
  });
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(async () => {
  await server.rows('drop trigger if exists slow on invitations');
});

async function countInvitations(): Promise<number> {
  const [row] = await server.rows<{ count: string }>('select count(*) from invitations');
  return Number(row?.count);
}

async function countKeys(): Promise<number> {
  const [row] = await server.rows<{ count: string }>('select count(*) from idempotency_keys');
  return Number(row?.count);
}

function invite(key: string, body = '{"role":"viewer"}', apiKey = server.apiKey) {
  return fetch(`${server.url}/api/v1/invitations`, {
    method: 'POST',
    body,
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
  });
}

/** Keeps each insert of an invitation waiting, so that requests meet. */
async function slowDown(seconds: number): Promise<void> {
  await server.rows(`create or replace function slow() returns trigger language plpgsql
    as $$ begin perform pg_sleep(${seconds}); return new; end $$`);
  await server.rows(
    'create trigger slow before insert on invitations for each row execute function slow()',
  );
}

/** Keeps inserts of an invitation waiting for as long as somebody holds the lock 4711. */
async function holdUp(): Promise<void> {
  await server.rows(`create or replace function slow() returns trigger language plpgsql
    as $$ begin perform pg_advisory_xact_lock(4711); return new; end $$`);
  await server.rows(
    'create trigger slow before insert on invitations for each row execute function slow()',
  );
}

describe('a second request with the same key', () => {
  test('gets the answer of the first, says so, and creates nothing', async () => {
    const key = randomUUID();
    const first = await invite(key);
    const made = await first.json();
    const before = await countInvitations();
    const second = await invite(key);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    // What is shown once is shown once.
    expect(made).toMatchObject({ url: expect.stringContaining('#') });
    expect(await second.json()).toEqual({ ...(made as object), url: null });
    expect(await countInvitations()).toBe(before);
  });

  test('may spell the same body otherwise', async () => {
    const key = randomUUID();
    expect((await invite(key)).status).toBe(201);
    expect((await invite(key, ' { "role" : "viewer" } ')).status).toBe(201);
  });

  test('is refused with another body', async () => {
    const key = randomUUID();
    await invite(key);
    const before = await countInvitations();
    const second = await invite(key, '{"role":"editor"}');
    expect(second.status).toBe(422);
    expect(await second.json()).toMatchObject({ code: 'idempotency-mismatch' });
    expect(await countInvitations()).toBe(before);
  });

  test('is another matter for another operation, another API key, another workspace', async () => {
    const key = randomUUID();
    const made = await (await invite(key)).json();
    const apiKey = await server.addKey(server.workspaceId);
    const foreignKey = await server.addKey(await server.addWorkspace());
    for (const other of [apiKey, foreignKey]) {
      const answer = await invite(key, undefined, other);
      expect(answer.headers.get('idempotency-replayed')).toBeNull();
      expect(await answer.json()).not.toMatchObject({ id: (made as { id: string }).id });
    }
    const created = await server.api.createApiKey(
      { name: 'x', scopes: ['accounts:read'] },
      { idempotencyKey: key },
    );
    expect(created.token).toMatch(/^grk_/);
  });

  test('runs again when the first one failed', async () => {
    const key = randomUUID();
    expect((await invite(key, '{"role":"king"}')).status).toBe(400);
    await server.rows(`create or replace function slow() returns trigger language plpgsql
      as $$ begin raise exception 'the disk of the test'; end $$`);
    await server.rows(
      'create trigger slow before insert on invitations for each row execute function slow()',
    );
    expect((await invite(key)).status).toBe(500);
    await server.rows('drop trigger slow on invitations');
    expect((await invite(key)).status).toBe(201);
  });

  test('is refused at once while the first one runs', async () => {
    await using owner = await connect(server.databaseUrl);
    await holdUp();
    await owner.client.query('select pg_advisory_lock(4711)');
    const key = randomUUID();
    const before = await countInvitations();
    const answers: Response[] = [];
    const asked = Array.from({ length: 5 }, async () => answers.push(await invite(key)));
    // The first one has not been answered, and is not until the lock is free.
    await expect.poll(() => answers.length, { timeout: 10_000 }).toBe(4);
    await owner.client.query('select pg_advisory_unlock(4711)');
    await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual([409, 409, 409, 409, 201]);
    const refused = answers.find(({ status }) => status === 409);
    expect(await refused?.json()).toMatchObject({ code: 'idempotency-in-flight' });
    expect(refused?.headers.get('retry-after')).toBe('1');
    expect(await countInvitations()).toBe(before + 1);
  });
});

test('however many send the same key at whatever moments, one thing is created', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 30 }), { minLength: 2, maxLength: 12 }),
      async (delays) => {
        const key = randomUUID();
        const before = await countInvitations();
        const answers = await Promise.all(
          delays.map(async (delayMs) => {
            await new Promise((resolve) => setTimeout(resolve, delayMs));
            const answer = await invite(key);
            return { status: answer.status, body: (await answer.json()) as { id?: string } };
          }),
        );
        const made = answers.filter(({ status }) => status === 201);
        expect(made.length).toBeGreaterThan(0);
        expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
        expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
        expect(await countInvitations()).toBe(before + 1);
      },
    ),
    { numRuns: 15 },
  );
});

test('a process that dies in the middle leaves neither the thing nor its key', async () => {
  await slowDown(30);
  const [things, keys] = [await countInvitations(), await countKeys()];
  const key = randomUUID();
  const answer = invite(key);
  await expect
    .poll(() =>
      server.rows(`select pg_terminate_backend(pid) from pg_stat_activity
        where wait_event = 'PgSleep' and datname = current_database()`),
    )
    .toHaveLength(1);
  expect((await answer).status).toBe(503);
  expect([await countInvitations(), await countKeys()]).toEqual([things, keys]);
  await server.rows('drop trigger slow on invitations');
  expect((await invite(key)).status).toBe(201);
});

test('what is stored is sealed, and shows neither key nor answer nor what is shown once', async () => {
  const key = randomUUID();
  const made = (await (await invite(key)).json()) as { id: string; url: string };
  const stored = await server.rows<Record<string, unknown>>(
    'select *, answer_sealed::text as sealed, key_hash::text as hash from idempotency_keys',
  );
  const text = stored
    .map((row) =>
      Object.values(row).map((one) =>
        Buffer.isBuffer(one) ? one.toString('latin1') : String(one),
      ),
    )
    .join();
  const token = made.url.split('#')[1] ?? 'none';
  for (const secret of [key, made.id, token]) expect(text).not.toContain(secret);
});

test.each(['', ' ', 'a b', 'ü', 'x'.repeat(256), 'a\tb'])(
  'a key that is none is refused: "%s"',
  async (key) => {
    const before = await countInvitations();
    const answer = await invite(
      encodeURI(key) === key || key.includes(' ') ? key : Buffer.from(key).toString('latin1'),
    );
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: 'invalid-request',
      errors: [{ in: 'header', pointer: '/idempotency-key' }],
    });
    expect(await countInvitations()).toBe(before);
  },
);

test('a key is ignored where nothing is created', async () => {
  const headers = { authorization: `Bearer ${server.apiKey}`, 'idempotency-key': 'k' };
  const before = await countKeys();
  const answer = await fetch(`${server.url}/api/v1/invitations`, { headers });
  expect(answer.status).toBe(200);
  expect(await countKeys()).toBe(before);
});

test('an unknown API key stores nothing under its key', async () => {
  const before = await countKeys();
  const api = createClient({ baseUrl: server.url, apiKey: `grk_${'A'.repeat(43)}` });
  const thrown = api.createInvitation({ role: 'viewer' }, { idempotencyKey: 'k' });
  await expect(thrown).rejects.toThrow(GreenroomError);
  expect(await countKeys()).toBe(before);
});

describe('after 24 hours', () => {
  test('a key is forgotten, whether or not a sweep has come by', async () => {
    const key = randomUUID();
    const first = (await (await invite(key)).json()) as { id: string };
    await moveClock(server.services.database, 24 * 3600 - 60);
    expect((await invite(key)).headers.get('idempotency-replayed')).toBe('true');
    await moveClock(server.services.database, 120);
    const later = await invite(key, '{"role":"owner"}');
    expect(later.status).toBe(201);
    expect(await later.json()).not.toMatchObject({ id: first.id });
    expect((await invite(key, '{"role":"owner"}')).headers.get('idempotency-replayed')).toBe(
      'true',
    );
  });

  test('a sweep deletes what has expired, so many at a time, and nothing else', async () => {
    await server.rows('delete from idempotency_keys');
    for (let count = 0; count < 5; count += 1) await invite(randomUUID());
    await moveClock(server.services.database, 24 * 3600 + 60);
    const fresh = randomUUID();
    await invite(fresh);
    const sweep = () =>
      inInstallation(server.services.database, (tx) =>
        deleteExpiredIdempotencyKeys(tx, { limit: 3 }),
      );
    expect([await sweep(), await sweep(), await sweep()]).toEqual([3, 2, 0]);
    expect(await countKeys()).toBe(1);
    expect((await invite(fresh)).headers.get('idempotency-replayed')).toBe('true');
  });
});

test('every operation that creates says so in the contract', () => {
  const creating = Object.values(operations).filter((one) => 'creates' in one);
  expect(creating.map(({ id }) => id)).toEqual([
    'createWorkspace',
    'createInvitation',
    'createApiKey',
    'createApp',
    'startConnection',
    'createPost',
    'createImport',
    'createWebhookEndpoint',
    'rotateWebhookSecret',
    'testWebhookEndpoint',
  ]);
});
