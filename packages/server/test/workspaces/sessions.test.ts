import { expect, test } from 'vitest';
import { answerOf } from './support/answer.ts';
import { Browser } from './support/browser.ts';
import { PASSWORD, startPeopleWorld } from './support/people-world.ts';

const DAY = 86_400;

test('signing in gives a session that tells who and where, and signing out ends it everywhere', async () => {
  await using world = await startPeopleWorld({ servers: 2 });
  const ada = await world.join('owner', 'ada');
  const [, second = ''] = world.urls;

  const session = ada.at(second).get('/api/v1/session');
  expect(await answerOf('getSession', session)).toMatchObject({
    person: { name: 'ada', email: 'ada@example.com' },
    workspaces: [{ id: world.workspaceId, name: 'Main', role: 'owner' }],
  });

  const elsewhere = ada.at(second);
  expect((await ada.send('DELETE', '/api/v1/session', undefined)).status).toBe(204);
  expect(ada.cookie).toBe('');
  expect((await elsewhere.get('/api/v1/session')).status).toBe(401);
  expect(await world.rows('select 1 from identity.sessions')).toEqual([]);
});

test.each([
  {
    publicUrl: 'http://greenroom.test',
    cookie: /^greenroom_session=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/,
  },
  {
    publicUrl: 'https://greenroom.test',
    cookie:
      /^__Host-greenroom_session=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  },
])('at $publicUrl the one cookie is as strict as can be', async ({ publicUrl, cookie }) => {
  await using world = await startPeopleWorld({ env: { GREENROOM_PUBLIC_URL: publicUrl } });
  const body = { name: 'Ada', email: 'ada@example.com', password: PASSWORD };
  const browser = new Browser(world.url);
  const origin = { origin: publicUrl };
  const token = await world.invite('owner');
  await browser.post('/api/v1/invitations/accept', { token, person: body }, origin);
  const { email, password } = body;
  const response = await browser.post('/api/v1/session', { email, password }, origin);
  expect(response.status).toBe(200);
  expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(cookie)]);
  expect((await browser.get('/api/v1/session')).status).toBe(200);
});

test('a session ends after a week without use, and a month after sign-in in any case', async () => {
  await using world = await startPeopleWorld();
  const idle = await world.join('owner', 'idle');
  const busy = await world.join('owner', 'busy');
  for (const day of [6, 12, 18, 24]) {
    await world.moveClock(6 * DAY);
    expect((await busy.get('/api/v1/session')).status, `day ${day}`).toBe(200);
  }
  expect((await idle.get('/api/v1/session')).status).toBe(401);
  await world.moveClock(5 * DAY);
  const last = await busy.get('/api/v1/session');
  expect(last.status).toBe(200);
  await world.moveClock(2 * DAY);
  expect((await busy.get('/api/v1/session')).status).toBe(401);
});

test('another password ends every other session, and the old one lets nobody in', async () => {
  await using world = await startPeopleWorld();
  const ada = await world.join('owner', 'ada');
  const phone = new Browser(world.url);
  await phone.signIn('ada@example.com', PASSWORD);

  const change = (current_password: string, new_password: string) =>
    ada.send('PUT', '/api/v1/session/password', { current_password, new_password });
  const wrong = await change('not the password', 'a whole new sentence');
  expect(wrong.status).toBe(401);
  expect((await change(PASSWORD, 'ada@example.com')).status).toBe(422);
  expect((await change(PASSWORD, 'short')).status).toBe(400);
  expect((await phone.get('/api/v1/session')).status).toBe(200);

  expect((await change(PASSWORD, 'a whole new sentence')).status).toBe(204);
  expect((await ada.get('/api/v1/session')).status).toBe(200);
  expect((await phone.get('/api/v1/session')).status).toBe(401);
  await expect(phone.signIn('ada@example.com', PASSWORD)).rejects.toThrow('sign-in-failed');
  await phone.signIn('ADA@example.com', 'a whole new sentence');
});

test('a cookie that was changed, made up or signed by another installation is nobody', async () => {
  await using world = await startPeopleWorld();
  await using other = await startPeopleWorld();
  const ada = await world.join('owner', 'ada');
  const [name = '', value = ''] = ada.cookie.split('=', 2);
  const [token = ''] = decodeURIComponent(value).split('.', 1);
  const stranger = await other.join('owner', 'ada');
  for (const cookie of [
    `${name}=${token}`,
    `${name}=${encodeURIComponent(`${token}.c2lnbmF0dXJl`)}`,
    `${name}=${value.slice(0, -4)}`,
    stranger.cookie,
    `${name}=`,
  ]) {
    const response = await new Browser(world.url).get('/api/v1/session', { cookie });
    expect(response.status, cookie).toBe(401);
  }
});

test('better-auth’s own routes are not there', async () => {
  await using world = await startPeopleWorld();
  const browser = new Browser(world.url);
  const sneaky = { name: 'Eve', email: 'eve@example.com', password: PASSWORD };
  for (const path of ['/api/auth/sign-up/email', '/api/v1/auth/sign-up/email', '/sign-up/email']) {
    expect((await browser.post(path, sneaky)).status).toBe(404);
  }
  expect(await world.rows('select 1 from identity.people')).toEqual([]);
});

test('what ended is swept away', async () => {
  await using world = await startPeopleWorld();
  await world.join('owner', 'ada');
  const { sweepPeople } = await import('../../src/workspaces/sweep-people.ts');
  expect((await sweepPeople(world.services.database)).sessions).toBe(0);
  await world.moveClock(8 * DAY);
  const swept = await sweepPeople(world.services.database);
  expect(swept).toEqual({ sessions: 1, attempts: 1 });
});
