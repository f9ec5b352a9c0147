import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf, problemOf } from './support/answer.ts';
import type { Browser } from './support/browser.ts';
import { type PeopleWorld, startPeopleWorld } from './support/people-world.ts';

let world: PeopleWorld;
let ada: Browser;
beforeAll(async () => {
  world = await startPeopleWorld();
  ada = await world.join('owner', 'ada');
}, 30_000);
afterAll(() => world[Symbol.asyncDispose]());

async function idOf(person: Browser): Promise<string> {
  const { person: self } = await answerOf('getSession', person.get('/api/v1/session'));
  return self.id;
}

async function setRole(by: Browser, personId: string, role: string): Promise<Response> {
  return by.send('PATCH', `/api/v1/members/${personId}`, { role });
}

async function roles(): Promise<Record<string, string>> {
  const { items } = await answerOf('listMembers', ada.get('/api/v1/members'));
  return Object.fromEntries(items.map(({ name, role }) => [name, role]));
}

test('the last owner can neither leave nor be demoted nor be removed', async () => {
  const id = await idOf(ada);
  for (const attempt of [
    () => setRole(ada, id, 'editor'),
    () => ada.send('DELETE', `/api/v1/members/${id}`, undefined),
    () => ada.send('DELETE', '/api/v1/workspace/membership', undefined),
  ]) {
    const response = await attempt();
    expect(response.status).toBe(409);
    expect((await problemOf(response)).code).toBe('last-owner');
  }
  expect(await roles()).toEqual({ ada: 'owner' });
});

test('of two owners who demote each other or leave at the same moment one stays', async () => {
  for (let round = 0; round < 5; round += 1) {
    const bob = await world.join('owner', `bob-${round}`);
    const [adaId, bobId] = await Promise.all([idOf(ada), idOf(bob)]);
    const isLeaving = round % 2 === 0;
    const answers = await Promise.all(
      isLeaving
        ? [ada, bob].map((who) => who.send('DELETE', '/api/v1/workspace/membership', undefined))
        : [setRole(ada, bobId, 'viewer'), setRole(bob, adaId, 'viewer')],
    );
    const owners = await world.rows<{ person_id: string }>(
      "select person_id from members where workspace_id = $1 and role = 'owner'",
      [world.workspaceId],
    );
    expect(owners).toHaveLength(1);
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    // Ada goes on as the owner, whoever won.
    await world.rows('delete from members where person_id <> $1', [adaId]);
    await world.rows(
      `insert into members (workspace_id, person_id, role) values ($1, $2, 'owner')
       on conflict (workspace_id, person_id) do update set role = 'owner'`,
      [world.workspaceId, adaId],
    );
  }
}, 60_000);

test('a smaller role takes the keys that it does not cover, and leaving takes them all', async () => {
  const eve = await world.join('owner', 'eve');
  const eveId = await idOf(eve);
  const make = async (scopes: string[]) => {
    const made = eve.post('/api/v1/api-keys', { name: 'x', scopes });
    return (await answerOf('createApiKey', made)).token ?? '';
  };
  const wide = await make(['workspace:manage']);
  const small = await make(['accounts:read']);
  const alive = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${world.url}/api/v1/accounts`, { headers });
    return response.status !== 401;
  };

  const demoted = setRole(ada, eveId, 'editor');
  expect(await answerOf('updateMember', demoted)).toMatchObject({
    person_id: eveId,
    role: 'editor',
  });
  expect([await alive(wide), await alive(small)]).toEqual([false, true]);

  expect((await eve.send('DELETE', '/api/v1/workspace/membership', undefined)).status).toBe(204);
  expect(await alive(small)).toBe(false);
  expect((await eve.get('/api/v1/workspace')).status).toBe(403);
  const last = await world.rows(
    "select reason, details from activity where action = 'member.removed' and subject_id = $1",
    [eveId],
  );
  expect(last).toEqual([{ reason: 'left', details: { role: 'editor' } }]);
});

test('somebody who is no member is not found', async () => {
  const response = await setRole(ada, 'nobody', 'viewer');
  expect(response.status).toBe(404);
});

function listPage(path: string) {
  return answerOf('listMembers', ada.get(path));
}

test('the list shows everybody once, page by page', async () => {
  await world.join('viewer', 'zoe');
  const seen: string[] = [];
  let path: string | undefined = '/api/v1/members?limit=1';
  while (path !== undefined) {
    const page: Awaited<ReturnType<typeof listPage>> = await listPage(path);
    seen.push(...page.items.map(({ name }) => name));
    path =
      page.next_cursor === null ? undefined : `/api/v1/members?limit=1&cursor=${page.next_cursor}`;
  }
  expect(seen.sort()).toEqual(['ada', 'zoe']);
});

test('each change is in the audit log, with who did it', async () => {
  const [row] = await world.rows<{ n: number }>(
    "select count(*)::int as n from activity where action like 'member.%' and actor_kind = 'person'",
  );
  expect(row?.n).toBeGreaterThan(2);
});
