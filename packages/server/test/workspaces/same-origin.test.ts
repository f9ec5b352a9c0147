import { expect, test } from 'vitest';
import { isSameOrigin } from '../../src/workspaces/same-origin.ts';
import { answerOf } from './support/answer.ts';
import { Browser } from './support/browser.ts';
import { startPeopleWorld } from './support/people-world.ts';

const PUBLIC = 'https://greenroom.example';
const HOST = '127.0.0.1:8787';

test.each([
  { origin: PUBLIC, is: true, why: 'our own page' },
  { origin: 'https://greenroom.example:444', is: false, why: 'another port' },
  {
    origin: 'http://greenroom.example',
    is: false,
    why: 'plain http, which anybody may have changed',
  },
  { origin: 'https://evil.example', is: false, why: 'another site' },
  { origin: 'https://greenroom.example.evil.example', is: false, why: 'a name that begins alike' },
  { origin: 'null', is: false, why: 'a sandboxed frame' },
  { origin: 'null', site: 'same-origin', is: true, why: 'a page that sends no referrer' },
  { origin: 'null', site: 'cross-site', is: false, why: 'another site that hides' },
  { origin: undefined, site: 'same-origin', is: true, why: 'the browser vouches' },
  { origin: undefined, site: 'same-site', is: false, why: 'a sibling' },
  { origin: undefined, site: 'none', is: false, why: 'the address bar' },
  { origin: undefined, is: false, why: 'no browser of this decade' },
  { origin: 'https://evil.example', site: 'same-origin', is: false, why: 'Origin decides' },
])('$origin with Sec-Fetch-Site $site is ours: $is ($why)', ({ origin, site, is }) => {
  const headers = { origin, host: HOST, 'sec-fetch-site': site };
  expect(isSameOrigin({ method: 'POST', headers }, PUBLIC)).toBe(is);
});

test('on one machine both of its names are ours', () => {
  const at = (origin: string, host: string) =>
    isSameOrigin({ method: 'POST', headers: { origin, host } }, 'http://127.0.0.1:8787');
  expect(at('http://localhost:8787', 'localhost:8787')).toBe(true);
  expect(at('http://localhost:9999', 'localhost:8787')).toBe(false);
});

test.each([
  { method: 'POST', path: '/api/v1/api-keys' },
  { method: 'PATCH', path: '/api/v1/workspace' },
  { method: 'PUT', path: '/api/v1/session/password' },
  { method: 'DELETE', path: '/api/v1/session' },
  { method: 'POST', path: '/sign-out' },
  { method: 'POST', path: '/connect' },
  { method: 'POST', path: '/connect/finish' },
])('$method $path from another site does nothing with a session', async ({ method, path }) => {
  await using world = await startPeopleWorld();
  const ada = await world.join('owner', 'ada');
  const isForm = !path.startsWith('/api');
  const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  const response = isForm
    ? await ada.submit(path, {}, evil)
    : await ada.send(method, path, method === 'DELETE' ? undefined : {}, evil);
  expect(response.status).toBe(403);
  expect((await ada.get('/api/v1/session')).status).toBe(200);
});

test('another site cannot sign a visitor in', async () => {
  await using world = await startPeopleWorld();
  await world.join('owner', 'eve');
  const evil = { origin: 'https://evil.example' };
  const victim = new Browser(world.url);
  const login = { email: 'eve@example.com', password: 'correct horse battery' };
  expect((await victim.post('/api/v1/session', login, evil)).status).toBe(403);
  expect((await victim.submit('/sign-in', login, evil)).status).toBe(403);
  expect(victim.cookie).toBe('');
});

test('an API key needs to come from nowhere', async () => {
  await using world = await startPeopleWorld();
  const ada = await world.join('owner', 'ada');
  const made = ada.post('/api/v1/api-keys', { name: 'x', scopes: ['workspace:manage'] });
  const { token } = await answerOf('createApiKey', made);
  const response = await fetch(`${world.url}/api/v1/workspace`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Renamed' }),
  });
  expect(response.status).toBe(200);
});
