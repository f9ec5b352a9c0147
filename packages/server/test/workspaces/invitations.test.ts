import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf, problemOf } from './support/answer.ts';
import { Browser } from './support/browser.ts';
import { PASSWORD, type PeopleWorld, startPeopleWorld } from './support/people-world.ts';

let world: PeopleWorld;
let ada: Browser;
beforeAll(async () => {
  world = await startPeopleWorld({ servers: 2 });
  ada = await world.join('owner', 'ada');
}, 30_000);
afterAll(() => world[Symbol.asyncDispose]());

async function invite(role: string) {
  const made = await answerOf('createInvitation', ada.post('/api/v1/invitations', { role }));
  return { ...made, url: made.url ?? '' };
}

function accept(token: string, name: string, url = world.url): Promise<Response> {
  const person = { name, email: `${name}@example.com`, password: PASSWORD };
  return new Browser(url).post('/api/v1/invitations/accept', { token, person });
}

test('a link is shown once, works once and is stored as a hash', async () => {
  const made = await invite('editor');
  expect(made).toMatchObject({ role: 'editor', state: 'open' });
  const [base, token = ''] = made.url.split('#');
  expect(base).toBe('http://greenroom.test/setup');
  expect(token).toMatch(/^[\w-]{43}$/);
  const stored = await world.rows('select * from invitations where id = $1', [made.id]);
  expect(JSON.stringify(stored)).not.toContain(token);

  const joined = await accept(token, 'bob');
  expect(joined.status).toBe(201);
  expect(await answerOf('acceptInvitation', joined)).toMatchObject({
    person: { name: 'bob', email: 'bob@example.com' },
    workspace: { id: world.workspaceId, name: 'Main', role: 'editor' },
  });
  const again = await accept(token, 'carl');
  expect(again.status).toBe(410);
  expect((await problemOf(again)).detail).toContain('used already');

  const { items } = await answerOf('listInvitations', ada.get('/api/v1/invitations'));
  expect(items.find(({ id }) => id === made.id)).toMatchObject({ state: 'used' });
  expect(JSON.stringify(items)).not.toContain('#');
});

test('of ten who use one link at the same moment one gets in, and nine leave nothing behind', async () => {
  const token = await world.invite('viewer');
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      accept(token, `racer-${index}`, world.urls[index % 2]),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort((one, other) => one - other);
  expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 410)]);
  const people = await world.rows("select 1 from identity.people where name like 'racer-%'");
  expect(people).toHaveLength(1);
}, 60_000);

test.each([
  { what: 'unknown', token: async () => 'x'.repeat(43), words: 'unknown' },
  {
    what: 'expired',
    token: async () => {
      const token = await world.invite('viewer');
      await world.moveClock(7 * 86_400);
      return token;
    },
    words: 'expired',
  },
])('an $what link gets nobody in', async ({ token, words }) => {
  const response = await accept(await token(), 'late');
  expect(response.status).toBe(410);
  const problem = await problemOf(response);
  expect(problem).toMatchObject({
    code: 'invitation-unusable',
    detail: expect.stringMatching(words),
  });
});

test('a revoked link gets nobody in, and a used one cannot be revoked', async () => {
  await ada.signIn('ada@example.com', PASSWORD);
  const made = await invite('viewer');
  const revoke = () => ada.send('DELETE', `/api/v1/invitations/${made.id}`, undefined);
  expect((await revoke()).status).toBe(204);
  expect((await revoke()).status).toBe(204);
  const [, token = ''] = made.url.split('#');
  const response = await accept(token, 'late');
  expect(response.status).toBe(410);
  expect((await problemOf(response)).detail).toBe('It was revoked.');

  const used = await world.rows<{ id: string }>(
    'select id from invitations where used_at is not null limit 1',
  );
  const path = `/api/v1/invitations/${used[0]?.id}`;
  expect((await ada.send('DELETE', path, undefined)).status).toBe(409);
});

test('an e-mail address belongs to one person, who keeps the link for later', async () => {
  const token = await world.invite('viewer');
  const taken = await accept(token, 'ADA');
  expect(taken.status).toBe(409);
  expect((await problemOf(taken)).code).toBe('email-taken');
  expect((await accept(token, 'grace')).status).toBe(201);
});

test('a password that is made of the name is refused, and the link stays good', async () => {
  const token = await world.invite('viewer');
  const person = { name: 'Linus', email: 'linus@example.com', password: 'linuslinuslinus' };
  const browser = new Browser(world.url);
  const weak = await browser.post('/api/v1/invitations/accept', { token, person });
  expect(weak.status).toBe(422);
  expect(await problemOf(weak)).toMatchObject({
    code: 'weak-password',
    errors: [{ pointer: '/person/password' }],
  });
  const better = { ...person, password: PASSWORD };
  const joined = await browser.post('/api/v1/invitations/accept', { token, person: better });
  expect(joined.status).toBe(201);
});

test('one person belongs to several workspaces', async () => {
  const owner = await world.join('owner', 'otto');
  const second = owner.post('/api/v1/workspaces', { name: 'Second' });
  const other = await answerOf('createWorkspace', second);
  const inOther = { 'greenroom-workspace': other.id };
  const made = owner.post('/api/v1/invitations', { role: 'viewer' }, inOther);
  const { url } = await answerOf('createInvitation', made);
  const [, token] = url?.split('#') ?? [];

  const nobody = await new Browser(world.url).post('/api/v1/invitations/accept', { token });
  expect(nobody.status).toBe(401);
  const joined = await ada.post('/api/v1/invitations/accept', { token });
  expect(joined.status).toBe(201);
  const { items } = await answerOf('listWorkspaces', ada.get('/api/v1/workspaces'));
  expect(items).toEqual([
    { id: world.workspaceId, name: 'Main', role: 'owner' },
    { id: other.id, name: 'Second', role: 'viewer' },
  ]);

  const again = await world.invite('editor', other.id);
  const twice = await ada.post('/api/v1/invitations/accept', { token: again });
  expect(twice.status).toBe(409);
  expect((await problemOf(twice)).code).toBe('already-member');
});
