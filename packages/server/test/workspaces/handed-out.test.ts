import type { Scope } from '@greenroom/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace } from '../../src/db/database.ts';
import { createApiKey } from '../../src/workspaces/api-keys.ts';
import { invite } from '../../src/workspaces/invitations.ts';
import type { Principal } from '../../src/workspaces/principal.ts';
import { answerOf } from './support/answer.ts';
import { Browser } from './support/browser.ts';
import { PASSWORD, type PeopleWorld, startPeopleWorld } from './support/people-world.ts';

let world: PeopleWorld;
let ada: Browser;
beforeAll(async () => {
  world = await startPeopleWorld();
  ada = await world.join('owner', 'ada');
}, 30_000);
afterAll(() => world[Symbol.asyncDispose]());

const MANAGE: readonly Scope[] = ['workspace:manage', 'workspace:read'];

async function joinAs(name: string) {
  const browser = await world.join('owner', name);
  const { person } = await answerOf('getSession', browser.get('/api/v1/session'));
  return { browser, id: person.id };
}

const asKey = (token: string) => ({ authorization: `Bearer ${token}` });

async function makeKey(by: Browser, headers = {}, scopes = MANAGE) {
  const made = by.post('/api/v1/api-keys', { name: 'x', scopes }, headers);
  const { id, token } = await answerOf('createApiKey', made);
  return { id, token: token ?? '' };
}

async function makeLink(by: Browser, role: string, headers = {}) {
  const made = by.post('/api/v1/invitations', { role }, headers);
  const { id, url } = await answerOf('createInvitation', made);
  return { id, token: url?.split('#')[1] ?? '' };
}

async function works({ token }: { token: string }): Promise<boolean> {
  const response = await new Browser(world.url).get('/api/v1/workspace', asKey(token));
  return response.status === 200;
}

let joined = 0;
async function letsIn({ token }: { token: string }): Promise<boolean> {
  joined += 1;
  const person = { name: 'late', email: `late-${joined}@example.com`, password: PASSWORD };
  const body = { token, person };
  const response = await new Browser(world.url).post('/api/v1/invitations/accept', body);
  return response.status === 201;
}

/** A person's key, one made with it, one made with that; and a link of each. */
async function handOut(person: Browser) {
  const nobody = new Browser(world.url);
  const first = await makeKey(person);
  const second = await makeKey(nobody, asKey(first.token));
  const third = await makeKey(nobody, asKey(second.token));
  const keys = [first, second, third];
  const links = [await makeLink(person, 'owner')];
  for (const { token } of keys) links.push(await makeLink(nobody, 'owner', asKey(token)));
  return { keys, links };
}

async function remain<Given>(given: readonly Given[], isGood: (one: Given) => Promise<boolean>) {
  const still: Given[] = [];
  for (const one of given) if (await isGood(one)) still.push(one);
  return still;
}

const remove = (id: string) => ada.send('DELETE', `/api/v1/members/${id}`, undefined);

test('with a member go the keys made with the member’s keys, and the links of them all', async () => {
  const eve = await joinAs('eve');
  const { keys, links } = await handOut(eve.browser);
  expect(await remain(keys, works)).toEqual(keys);
  expect((await remove(eve.id)).status).toBe(204);
  expect(await remain(keys, works)).toEqual([]);
  expect(await remain(links, letsIn)).toEqual([]);
});

test('each key and link that goes is in the audit log by itself', async () => {
  const eve = await joinAs('eva');
  const { keys, links } = await handOut(eve.browser);
  await remove(eve.id);
  const ids = [...keys, ...links].map(({ id }) => id);
  const rows = await world.rows<{ subject_id: string }>(
    `select distinct subject_id from activity
     where subject_id = any($1) and action in ('api_key.revoked', 'invitation.revoked')`,
    [ids],
  );
  expect(rows.map(({ subject_id }) => subject_id).sort()).toEqual(ids.sort());
});

test('a smaller role takes the links into wider ones, and leaves the others', async () => {
  const max = await joinAs('max');
  const { keys, links } = await handOut(max.browser);
  const small = await makeKey(max.browser, {}, ['workspace:read']);
  const kept = [await makeLink(max.browser, 'editor'), await makeLink(max.browser, 'viewer')];
  const demoted = ada.send('PATCH', `/api/v1/members/${max.id}`, { role: 'editor' });
  expect((await demoted).status).toBe(200);
  expect(await remain([...keys, small], works)).toEqual([small]);
  expect(await remain(links, letsIn)).toEqual([]);
  expect(await remain(kept, letsIn)).toEqual(kept);
});

test('with a key go the links made with it, and with the keys made with it', async () => {
  const { keys, links } = await handOut(ada);
  const [first] = keys;
  await ada.send('DELETE', `/api/v1/api-keys/${first?.id}`, undefined);
  const [own] = links;
  expect(await remain(links, letsIn)).toEqual([own]);
});

test('nothing of another member’s is touched', async () => {
  const own = await handOut(ada);
  const eve = await joinAs('evelyn');
  await handOut(eve.browser);
  await remove(eve.id);
  expect(await remain(own.keys, works)).toEqual(own.keys);
  expect(await remain(own.links, letsIn)).toEqual(own.links);
});

/** How many statements wait for another transaction. */
async function countWaiting(): Promise<number> {
  const rows = await world.rows('select 1 from pg_locks where not granted');
  return rows.length;
}

/** Makes a key and a link as `principal`, and removes the member before the transaction has ended. */
async function handOutWhile(principal: Principal, act: () => Promise<Response>) {
  const { database } = world.services;
  let removal: Promise<Response> | undefined;
  const made = await inWorkspace(database, world.workspaceId, async (tx) => {
    const asked = { name: 'late', scopes: MANAGE, expiresInDays: undefined };
    const { token: key } = await createApiKey(tx, principal, asked);
    const { token: link } = await invite(tx, principal, 'owner');
    removal = act();
    await expect.poll(countWaiting).toBeGreaterThan(0);
    return { key, link };
  });
  expect((await removal)?.status).toBe(204);
  return made;
}

const principalOf = (personId: string): Principal => ({
  kind: 'person',
  personId,
  sessionId: 'x',
  workspaceId: world.workspaceId,
  role: 'owner',
});

const keyPrincipalOf = (keyId: string): Principal => ({
  kind: 'api_key',
  keyId,
  workspaceId: world.workspaceId,
  scopes: MANAGE,
});

test.each([
  { what: 'a removal', principal: principalOf, act: (eve: { id: string }) => remove(eve.id) },
  {
    what: 'the revoking of a key',
    principal: (_: string, keyId: string) => keyPrincipalOf(keyId),
    act: (_: unknown, keyId: string) => ada.send('DELETE', `/api/v1/api-keys/${keyId}`, undefined),
  },
])('what is handed out at the moment of $what goes, too', async ({ principal, act }) => {
  joined += 1;
  const eve = await joinAs(`eve-${joined}`);
  const first = await makeKey(eve.browser);
  const late = await handOutWhile(principal(eve.id, first.id), () => act(eve, first.id));
  expect(await works({ token: late.key })).toBe(false);
  expect(await letsIn({ token: late.link })).toBe(false);
});

test('a link made with a key ends with the key', async () => {
  const made = ada.post('/api/v1/api-keys', { name: 'x', scopes: MANAGE, expires_in_days: 2 });
  const key = await answerOf('createApiKey', made);
  const link = new Browser(world.url).post(
    '/api/v1/invitations',
    { role: 'viewer' },
    asKey(key.token ?? ''),
  );
  expect((await answerOf('createInvitation', link)).expires_at).toBe(key.expires_at);
  const own = await answerOf(
    'createInvitation',
    ada.post('/api/v1/invitations', { role: 'viewer' }),
  );
  expect(Date.parse(own.expires_at) - Date.parse(own.created_at)).toBe(7 * 86_400_000);
});

test('whoever was removed a moment ago hands nothing out', async () => {
  const eve = await joinAs('eve-too-late');
  const { id } = await makeKey(eve.browser);
  await remove(eve.id);
  for (const principal of [principalOf(eve.id), keyPrincipalOf(id)]) {
    const asked = { name: 'late', scopes: MANAGE, expiresInDays: undefined };
    await expect(
      inWorkspace(world.services.database, world.workspaceId, (tx) =>
        createApiKey(tx, principal, asked),
      ),
    ).rejects.toThrow('just changed');
    await expect(
      inWorkspace(world.services.database, world.workspaceId, (tx) =>
        invite(tx, principal, 'owner'),
      ),
    ).rejects.toThrow('just changed');
  }
});
