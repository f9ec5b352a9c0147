import { afterAll, beforeAll, expect, test } from 'vitest';
import { Browser } from '../workspaces/support/browser.ts';
import {
  PASSWORD,
  type PeopleWorld,
  startPeopleWorld,
} from '../workspaces/support/people-world.ts';

let world: PeopleWorld;
let ada: Browser;
beforeAll(async () => {
  world = await startPeopleWorld();
  ada = await world.join('owner', 'ada');
}, 30_000);
afterAll(() => world[Symbol.asyncDispose]());

const pages = ['/', '/sign-in', '/setup', '/password', '/connect/callback?state=x&code=y'];

test.each(pages)(
  '%s needs no script or style but our own files, and nobody keeps it',
  async (path) => {
    const response = await (path === '/sign-in' ? new Browser(world.url) : ada).get(path);
    expect(response.status).toBe(200);
    const { headers } = response;
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const text = await response.text();
    expect(text).toMatch(/^<!doctype html>/);
    expect(text).not.toMatch(/<script(?![^>]*src=)|\sstyle=|\son\w+=|<style/i);
    for (const [, source = ''] of text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
      expect((await ada.get(source)).status, source).toBe(200);
    }
  },
);

test.each([
  { path: '/nosuch', status: 404, words: 'Nothing answers at this address.' },
  { path: '/connect/nosuch?x=<script>', status: 404, words: 'Nothing answers at this address.' },
  { path: '/connect/finish', status: 405, words: 'This address takes POST' },
])(
  'a browser at $path is told in a page, a program in a problem',
  async ({ path, status, words }) => {
    const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
    const page = await ada.get(path, { accept });
    expect(page.status).toBe(status);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('allow')).toBe(status === 405 ? 'POST' : null);
    const text = await page.text();
    expect(text).toContain(words);
    expect(text).not.toContain('<script>');

    const problem = await ada.get(path, { accept: '*/*' });
    expect(problem.status).toBe(status);
    expect(problem.headers.get('content-type')).toContain('application/problem+json');
  },
);

test('the API answers problems whoever asks', async () => {
  const response = await ada.get('/api/v1/nosuch', { accept: 'text/html' });
  expect(response.headers.get('content-type')).toContain('application/problem+json');
});

test('what people did is shown, however often tokens are used', async () => {
  await ada.post('/api/v1/api-keys', { name: 'x', scopes: ['accounts:read'] });
  await world.rows(
    `insert into activity (workspace_id, actor_kind, actor_id, action, reason, details)
     select $1, 'system', 'sweep', action, 'test', '{}' from generate_series(1, 300),
       unnest(array['token.handed_out', 'token.refresh_begun', 'token.refreshed']) action`,
    [world.workspaceId],
  );
  const page = await (await ada.get('/')).text();
  expect(page).toContain('An API key was made.');
  expect(page).not.toContain('An access token was handed to');
});

test('our files are asked for again only when they changed', async () => {
  const first = await ada.get('/assets/style.css');
  expect(first.headers.get('content-type')).toBe('text/css; charset=utf-8');
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^"[\w-]+"$/);
  expect((await ada.get('/assets/style.css', { 'if-none-match': etag })).status).toBe(304);
  expect((await ada.get('/assets/style.css', { 'if-none-match': '"other"' })).status).toBe(200);
  expect((await ada.get('/assets/../package.json')).status).toBe(404);
  expect((await ada.get('/assets/%2e%2e%2fhtml.ts')).status).toBe(404);
});

test.each(['/', '/password'])('%s sends a stranger to the sign-in page', async (path) => {
  const response = await new Browser(world.url).get(path);
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe('/sign-in');
});

test('an API key is no visitor', async () => {
  const made = await ada.post('/api/v1/api-keys', { name: 'x', scopes: ['workspace:manage'] });
  const { token } = (await made.json()) as { token: string }; // as: the contract's answer
  const response = await new Browser(world.url).get('/', { authorization: `Bearer ${token}` });
  expect(response.status).toBe(303);
});

test('what TikTok brings is handed over as it came, and only what it may bring', async () => {
  const query = 'code=a%2Bb+c*1&scopes=user.info.basic%2Cvideo.list&state=s%22%3E%3Cb%3E&evil=1';
  const text = await (await ada.get(`/connect/callback?${query}`)).text();
  const fields = [...text.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, ...field]) => field);
  expect(fields).toEqual([
    ['code', 'a+b+c*1'],
    ['state', 's&quot;&gt;&lt;b&gt;'],
    ['scopes', 'user.info.basic,video.list'],
  ]);
});

test.each([
  { what: 'nothing', query: '' },
  { what: 'a code alone', query: '?code=x' },
  { what: 'a state that is too long', query: `?state=${'x'.repeat(201)}` },
])('a callback with $what is refused in words', async ({ query }) => {
  const response = await ada.get(`/connect/callback${query}`);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain('brought no answer of TikTok');
});

test.each([
  { path: '/connect', fields: { workspace: 'x' }, status: 400 },
  { path: '/connect', fields: { workspace: '00000000-0000-4000-8000-000000000000' }, status: 403 },
  { path: '/disconnect', fields: {}, status: 400 },
  { path: '/sign-in', fields: { email: 'x', password: '' }, status: 400 },
  { path: '/setup', fields: { token: 'x', name: '', email: '', password: 'short' }, status: 400 },
  { path: '/setup', fields: { name: 'half \u0000', token: 'x' }, status: 400 },
  { path: '/password', fields: { current_password: 'x', new_password: 'short' }, status: 400 },
  { path: '/connect/finish', fields: {}, status: 404 },
])('$path with $fields is refused on a page, with $status', async ({ path, fields, status }) => {
  const response = await ada.submit(path, fields);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(await response.text()).toContain('role="alert"');
});

test('a person’s name holds no control characters: it is printed to terminals', async () => {
  const [email, password] = ['eve@example.com', 'long enough it is'];
  const fields = { token: 'x', name: 'a\u001b[2Jb', email, password };
  expect(await (await ada.submit('/setup', fields)).text()).toContain('without control characters');
});

test('a form takes no JSON, and the API takes no form', async () => {
  const json = await ada.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
  expect(json.status).toBe(415);
  const form = await ada.submit('/api/v1/session', { email: 'a@example.com', password: 'x' });
  expect(form.status).toBe(415);
});

test('a person without a workspace is told so', async () => {
  const gone = await world.join('viewer', 'gone');
  await world.rows(
    "delete from members where person_id = (select id from identity.people where name = 'gone')",
  );
  const response = await gone.get('/');
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('You belong to no workspace.');
});

test('who belongs to several workspaces chooses by a link, and a foreign one shows the own first', async () => {
  const made = await ada.post('/api/v1/workspaces', { name: 'Zweite & Söhne' });
  const { id } = (await made.json()) as { id: string }; // as: the contract's answer
  const text = await (await ada.get(`/?workspace=${id}`)).text();
  expect(text).toContain('<h1>Zweite &amp; Söhne</h1>');
  expect(text).toContain(`<a href="/?workspace=${world.workspaceId}">Main</a>`);
  const foreign = await ada.get('/?workspace=00000000-0000-4000-8000-000000000000');
  expect(await foreign.text()).toContain('<h1>Main</h1>');
  const garbled = await ada.get('/?workspace=x&done=nothing&account=y');
  expect(garbled.status).toBe(200);
});
