import { createClient } from '@greenroom/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordActivity } from '../../src/activity/record.ts';
import { type Database, inWorkspace, openDatabase } from '../../src/db/database.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let own: TestServer;
let database: Database;
const account = crypto.randomUUID();
beforeAll(async () => {
  own = await startTestServer();
  database = await openDatabase({ url: own.databaseUrl });
  for (const reason of ['first', 'second', 'third']) {
    await inWorkspace(database, own.workspaceId, (tx) =>
      recordActivity(tx, {
        actor: { kind: 'person', id: 'ada' },
        action: 'account.connected',
        accountId: account,
        reason,
        details: { reason },
      }),
    );
  }
});
afterAll(async () => {
  await database.close();
  await own[Symbol.asyncDispose]();
});

/** The entries of this test alone: the server writes of its own start, too. */
function list(query: Parameters<TestServer['api']['listActivity']>[0] = {}) {
  return own.api.listActivity({ account_id: account, ...query });
}

test('an entry says who did what to which account, and why, in words', async () => {
  const { items } = await list({ limit: 1 });
  expect(items).toEqual([
    {
      id: expect.stringMatching(/^\d+$/),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      actor: { kind: 'person', id: 'ada' },
      action: 'account.connected',
      words: 'An account was connected.',
      account_id: account,
      subject_id: null,
      reason: 'third',
      details: { reason: 'third' },
    },
  ]);
});

test('pages lead from the newest to the oldest', async () => {
  const first = await list({ limit: 2 });
  const second = await list({ limit: 2, cursor: first.next_cursor ?? '' });
  expect([first, second].map(({ items }) => items.map(({ reason }) => reason))).toEqual([
    ['third', 'second'],
    ['first'],
  ]);
  expect(second.next_cursor).toBeNull();
});

test.each([
  { query: { actor_id: 'ada', actor_kind: 'person' as const }, count: 3 },
  { query: { actor_kind: 'system' as const }, count: 0 },
  { query: { action: 'account.connected' }, count: 3 },
  { query: { action: 'account.disconnected' }, count: 0 },
  { query: { since: '2000-01-01T00:00:00Z' }, count: 3 },
  { query: { until: '2000-01-01T00:00:00Z' }, count: 0 },
  { query: { account_id: crypto.randomUUID() }, count: 0 },
])('$query lists $count', async ({ query, count }) => {
  expect((await list(query)).items).toHaveLength(count);
});

describe('refused', () => {
  test.each([
    { search: 'limit=0', pointer: '/limit' },
    { search: 'limit=101', pointer: '/limit' },
    { search: 'account_id=x', pointer: '/account_id' },
    { search: 'actor_kind=robot', pointer: '/actor_kind' },
    { search: 'since=yesterday', pointer: '/since' },
    { search: 'cursor=bm90aGluZw', pointer: '/cursor' },
    { search: 'colour=red', pointer: '/colour' },
  ])('$search', async ({ search, pointer }) => {
    const response = await fetch(`${own.url}/api/v1/activity?${search}`, {
      headers: { authorization: `Bearer ${own.apiKey}` },
    });
    const problem: unknown = await response.json();
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(problem).toMatchObject({ errors: [{ pointer }] });
  });

  test('a zero byte, which PostgreSQL knows no text with', async () => {
    const response = await fetch(`${own.url}/api/v1/activity?action=%00`, {
      headers: { authorization: `Bearer ${own.apiKey}` },
    });
    expect(response.status).toBe(400);
  });

  test('without a key, and with one that is not for it', async () => {
    const nobody = createClient({ baseUrl: own.url, apiKey: 'grk_unknown' });
    await expect(nobody.listActivity({})).rejects.toMatchObject({ status: 401 });
    const { token } = await own.api.createApiKey({ name: 'narrow', scopes: ['accounts:read'] });
    const narrow = createClient({ baseUrl: own.url, apiKey: token ?? '' });
    await expect(narrow.listActivity({})).rejects.toMatchObject({ status: 403 });
  });
});

test('nothing is written or taken away over HTTP', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const response = await fetch(`${own.url}/api/v1/activity`, {
      method,
      headers: { authorization: `Bearer ${own.apiKey}` },
    });
    expect([404, 405]).toContain(response.status);
  }
});
