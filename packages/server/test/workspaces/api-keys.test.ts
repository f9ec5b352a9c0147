import { createHash } from 'node:crypto';
import type { Scope } from '@greenroom/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf, problemOf } from './support/answer.ts';
import { Browser } from './support/browser.ts';
import { type PeopleWorld, startPeopleWorld } from './support/people-world.ts';

let world: PeopleWorld;
let owner: Browser;
beforeAll(async () => {
  world = await startPeopleWorld();
  owner = await world.join('owner');
}, 30_000);
afterAll(() => world[Symbol.asyncDispose]());

function ask(
  by: Browser,
  scopes: readonly Scope[],
  more: object = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  return by.post('/api/v1/api-keys', { name: 'test', scopes, ...more }, headers);
}

async function make(...asked: Parameters<typeof ask>) {
  const made = await answerOf('createApiKey', ask(...asked));
  return { ...made, token: made.token ?? '' };
}

function withKey(token: string, path = '/api/v1/workspace', method = 'GET', body?: object) {
  const headers = { authorization: `Bearer ${token}` };
  return new Browser(world.url).send(method, path, body, headers);
}

test('a key is shown once and stored as a hash', async () => {
  const { token, id } = await make(owner, ['workspace:read']);
  expect(token).toMatch(/^grk_[\w-]{43}$/);
  expect((await withKey(token)).status).toBe(200);

  const { items } = await answerOf('listApiKeys', owner.get('/api/v1/api-keys'));
  const listed = items.find((item) => item.id === id);
  expect(listed).toMatchObject({ token_end: token.slice(-4), revoked_at: null });
  expect(JSON.stringify(items)).not.toContain(token);

  const [row] = await world.rows<{ token_hash: Buffer }>('select * from api_keys where id = $1', [
    id,
  ]);
  expect(row?.token_hash).toEqual(createHash('sha256').update(token).digest());
  expect(JSON.stringify(row)).not.toContain(token);
});

test.each([
  { what: 'no key', header: 'Bearer ' },
  { what: 'another scheme', header: 'Basic Z3Jr' },
  { what: 'a key that is too short', header: 'Bearer grk_abc' },
  { what: 'an unknown key', header: `Bearer grk_${'x'.repeat(43)}` },
  { what: 'half a statement', header: "Bearer grk_'; drop table api_keys; --" },
])('$what is a 401 that says so', async ({ header }) => {
  const response = await new Browser(world.url).get('/api/v1/workspace', { authorization: header });
  expect(response.status).toBe(401);
  expect(await problemOf(response)).toMatchObject({
    code: 'unauthenticated',
    detail: expect.stringMatching('API key'),
  });
});

test('a revoked key is refused at once, with the reason', async () => {
  const { token, id } = await make(owner, ['workspace:read']);
  expect((await owner.send('DELETE', `/api/v1/api-keys/${id}`, undefined)).status).toBe(204);
  const response = await withKey(token);
  expect(response.status).toBe(401);
  expect((await problemOf(response)).detail).toBe('The API key was revoked.');
  expect((await owner.send('DELETE', `/api/v1/api-keys/${id}`, undefined)).status).toBe(204);
});

test('a key ends when it was said to', async () => {
  const { token } = await make(owner, ['workspace:read'], { expires_in_days: 3 });
  await world.moveClock(3 * 86_400 - 60);
  expect((await withKey(token)).status).toBe(200);
  await world.moveClock(61);
  const response = await withKey(token);
  expect(response.status).toBe(401);
  expect((await problemOf(response)).detail).toBe('The API key has expired.');
});

test('nobody hands out more than the own role or key covers', async () => {
  const editor = await world.join('editor');
  expect((await ask(editor, ['accounts:manage'])).status).toBe(201);
  const tooMuch = await problemOf(ask(editor, ['accounts:read', 'workspace:manage']));
  expect(tooMuch).toMatchObject({
    code: 'forbidden',
    detail: 'You may not hand out workspace:manage.',
  });

  const parent = await make(owner, ['workspace:manage', 'accounts:read'], { expires_in_days: 2 });
  const headers = { authorization: `Bearer ${parent.token}` };
  const browser = new Browser(world.url);
  expect((await ask(browser, ['accounts:manage'], {}, headers)).status).toBe(403);
  const child = await make(browser, ['accounts:read'], {}, headers);
  expect(child.expires_at).toBe(parent.expires_at);
  const shorter = await make(browser, ['accounts:read'], { expires_in_days: 1 }, headers);
  expect(Date.parse(shorter.expires_at ?? '')).toBeLessThan(Date.parse(parent.expires_at ?? ''));

  // What a leaked key has made goes with it.
  await owner.send('DELETE', `/api/v1/api-keys/${parent.id}`, undefined);
  expect((await withKey(child.token, '/api/v1/accounts')).status).toBe(401);
});

test('an editor revokes own keys only', async () => {
  const editor = await world.join('editor', 'second-editor');
  const own = await make(editor, ['accounts:read']);
  const foreign = await make(owner, ['accounts:read']);
  const revoke = (id: string) => editor.send('DELETE', `/api/v1/api-keys/${id}`, undefined);
  expect((await revoke(foreign.id)).status).toBe(403);
  expect((await revoke(own.id)).status).toBe(204);
});

test('the last use is written down once a minute, and many uses at once do not wait for it', async () => {
  const { token, id } = await make(owner, ['workspace:read']);
  const lastUse = async () =>
    (
      await world.rows<{ last_used_at: Date | null }>(
        'select last_used_at from api_keys where id = $1',
        [id],
      )
    )[0]?.last_used_at?.getTime();
  expect(await lastUse()).toBeUndefined();
  await Promise.all(Array.from({ length: 20 }, () => withKey(token)));
  const first = await lastUse();
  expect(first).toBeTypeOf('number');
  await world.moveClock(30);
  await withKey(token);
  expect(await lastUse()).toBe(first);
  await world.moveClock(31);
  await withKey(token);
  expect(await lastUse()).toBeGreaterThanOrEqual((first ?? 0) + 60_000);
});

test('a key costs one statement more than the work itself', async () => {
  const { token } = await make(owner, ['workspace:read']);
  await withKey(token);
  const statements: string[] = [];
  const { pool } = world.services.database;
  const client = await pool.connect();
  // Every connection of a pool is of the same class; the real one goes on being asked.
  const prototype: { query: (...args: unknown[]) => unknown } = Object.getPrototypeOf(client);
  client.release();
  const real = prototype.query;
  prototype.query = function count(this: unknown, ...args: unknown[]) {
    const [query] = args;
    statements.push(typeof query === 'string' ? query : String(Reflect.get(Object(query), 'text')));
    return real.apply(this, args);
  };
  try {
    expect((await withKey(token)).status).toBe(200);
  } finally {
    prototype.query = real;
  }
  expect(statements.map((text) => text.trim().split(/[\s;]/, 1)[0])).toEqual([
    'begin',
    'select',
    'select',
    'commit',
  ]);
});

function listPage(path: string) {
  return answerOf('listApiKeys', owner.get(path));
}

test('the list goes on where the page before ended', async () => {
  const seen: string[] = [];
  let path: string | undefined = '/api/v1/api-keys?limit=3';
  while (path !== undefined) {
    const page: Awaited<ReturnType<typeof listPage>> = await listPage(path);
    seen.push(...page.items.map((item) => item.id));
    path =
      page.next_cursor === null ? undefined : `/api/v1/api-keys?limit=3&cursor=${page.next_cursor}`;
  }
  const rows = await world.rows<{ id: string }>(
    'select id from api_keys order by created_at desc, id desc',
  );
  expect(seen).toEqual(rows.map(({ id }) => id));
  expect(seen.length).toBeGreaterThan(6);
});
