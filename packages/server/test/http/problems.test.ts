import { ProblemSchema, problemKinds } from '@greenroom/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ProblemError } from '../../src/http/problem-error.ts';
import { type HttpServer, startHttpServer } from './support/http-server.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    env: { GREENROOM_MAX_BODY_BYTES: '2000' },
    routes: (app) => {
      app.get('/test/bug', () => {
        throw new Error('the pool said act.canaryTokenOfACreator1234567890 at 10.0.0.7');
      });
      app.get('/test/throws-text', () => {
        // oxlint-disable-next-line typescript/only-throw-error -- A library may do it.
        throw 'a text';
      });
      app.get('/test/tiktok', () => {
        throw new ProblemError('tiktok-rate-limited', 'Too many.', {
          tiktok: { code: 'rate_limit_exceeded', log_id: '2026' },
          retryAfterSeconds: 12.2,
        });
      });
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(`${server.url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${server.apiKey}`, ...init.headers },
  });
  const body: unknown = await response.json();
  return { response, problem: ProblemSchema.parse(body) };
}

const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = json): RequestInit => ({
  method: 'POST',
  body,
  headers,
});

test.each([
  { what: 'an unknown address', path: '/api/v1/nothing', code: 'not-found' },
  { what: 'an unknown address outside the API', path: '/wp-login.php', code: 'not-found' },
  { what: 'an address that is no path', path: '/api/v1/accounts/%zz', code: 'malformed-request' },
  {
    what: 'a part that is too long',
    path: `/api/v1/accounts/${'x'.repeat(500)}`,
    code: 'uri-too-long',
  },
  { what: 'an id that is none', path: '/api/v1/accounts/7', code: 'invalid-request' },
  {
    what: 'a wrong method',
    path: '/api/v1/accounts',
    init: { method: 'DELETE' },
    code: 'method-not-allowed',
  },
  {
    what: 'JSON that is none',
    path: '/api/v1/invitations',
    init: post('{"role":'),
    code: 'malformed-body',
  },
  { what: 'an empty body', path: '/api/v1/invitations', init: post(''), code: 'malformed-body' },
  {
    what: 'a body that is no object',
    path: '/api/v1/invitations',
    init: post('[]'),
    code: 'invalid-request',
  },
  {
    what: 'no body',
    path: '/api/v1/invitations',
    init: { method: 'POST' },
    code: 'invalid-request',
  },
  {
    what: 'a form',
    path: '/api/v1/invitations',
    init: post('role=owner', { 'content-type': 'application/x-www-form-urlencoded' }),
    code: 'unsupported-media-type',
  },
  {
    what: 'a type that is nearly JSON',
    path: '/api/v1/invitations',
    init: post('{}', { 'content-type': 'text/json' }),
    code: 'unsupported-media-type',
  },
  {
    what: 'a large body',
    path: '/api/v1/invitations',
    init: post(`"${'x'.repeat(3000)}"`),
    code: 'body-too-large',
  },
  {
    what: 'a cursor of somebody’s own',
    path: '/api/v1/accounts?cursor=abc',
    code: 'invalid-cursor',
  },
  {
    what: 'nobody',
    path: '/api/v1/accounts',
    init: { headers: { authorization: '' } },
    code: 'unauthenticated',
  },
  { what: 'a bug', path: '/test/bug', code: 'internal' },
  { what: 'a bug that throws a text', path: '/test/throws-text', code: 'internal' },
] as const)('$what is answered by a problem document: $code', async ({ path, code, ...rest }) => {
  const { response, problem } = await ask(path, 'init' in rest ? rest.init : {});
  const { status, title } = problemKinds[code];
  expect(problem).toMatchObject({
    type: `http://127.0.0.1:8787/docs/problems/${code}`,
    title,
    status,
    code,
    instance: `urn:uuid:${response.headers.get('request-id')}`,
  });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('a method that an address does not take is told which it takes', async () => {
  const { response } = await ask('/api/v1/accounts/x/disconnect', { method: 'PUT' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('POST');
  const list = await ask('/api/v1/invitations', { method: 'PUT' });
  expect(list.response.headers.get('allow')).toBe('GET, HEAD, POST');
});

test('nobody is asked for a key', async () => {
  const { response } = await ask('/api/v1/accounts', { headers: { authorization: '' } });
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="Greenroom"');
});

test('a bug is generic outside and whole in the log, under the same id, without secrets', async () => {
  const { response, problem } = await ask('/test/bug');
  expect(JSON.stringify(problem)).not.toMatch(/pool|10\.0\.0\.7|canary/);
  const id = response.headers.get('request-id') ?? 'none';
  const line = server.logged.find((one) => one.includes(id) && one.includes('10.0.0.7'));
  expect(line).toContain('the pool said');
  expect(server.logged.join('')).not.toContain('canaryTokenOfACreator');
});

test('what TikTok said, and when to try again, is passed on', async () => {
  const { response, problem } = await ask('/test/tiktok');
  expect(problem.tiktok).toEqual({ code: 'rate_limit_exceeded', log_id: '2026' });
  expect(response.headers.get('retry-after')).toBe('13');
});

describe('validation', () => {
  test('names every field that is not valid, by a JSON pointer', async () => {
    const { problem } = await ask(
      '/api/v1/api-keys',
      post('{"name":"","scopes":["accounts:read","all"],"a/b~c":1,"expires_in_days":1.5}'),
    );
    expect(problem.errors).toHaveLength(4);
    expect(problem.errors).toEqual(
      expect.arrayContaining([
        { in: 'body', pointer: '/name', detail: expect.any(String) },
        { in: 'body', pointer: '/scopes/1', detail: expect.any(String) },
        { in: 'body', pointer: '/expires_in_days', detail: expect.any(String) },
        { in: 'body', pointer: '/a~1b~0c', detail: 'There is no such field.' },
      ]),
    );
  });

  test('reports path, query and body together', async () => {
    const { problem } = await ask('/api/v1/accounts?limit=0&state=gone&colour=red');
    expect(problem.errors?.map((error) => `${error.in} ${error.pointer}`).toSorted()).toEqual([
      'query /colour',
      'query /limit',
      'query /state',
    ]);
  });

  test.each(['0', '101', '-1', '1.5', 'ten', '', '1e400', '%00'])(
    'refuses limit=%s',
    async (limit) => {
      const { problem } = await ask(`/api/v1/accounts?limit=${limit}`);
      expect(problem).toMatchObject({
        code: 'invalid-request',
        errors: [{ in: 'query', pointer: '/limit' }],
      });
    },
  );

  test('refuses a parameter that comes twice', async () => {
    const { problem } = await ask('/api/v1/accounts?limit=5&limit=6');
    expect(problem).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/limit' }] });
  });

  test('refuses a body where none belongs', async () => {
    const id = '0f6f4f0e-7c3e-4f43-9d59-2b8a1f3f6a10';
    const { problem } = await ask(`/api/v1/accounts/${id}/refresh`, post('{"force":true}'));
    expect(problem).toMatchObject({
      code: 'invalid-request',
      errors: [{ in: 'body', pointer: '/force', detail: 'There is no such field.' }],
    });
  });

  test('takes an empty object where no body belongs', async () => {
    const id = '0f6f4f0e-7c3e-4f43-9d59-2b8a1f3f6a10';
    const { problem } = await ask(`/api/v1/accounts/${id}/refresh`, post('{}'));
    expect(problem.code).toBe('not-found');
  });

  test('does not repeat what was sent', async () => {
    const { problem } = await ask(
      '/api/v1/apps',
      post('{"name":"n","client_key":"k","client_secret":["canary"]}'),
    );
    expect(JSON.stringify(problem)).not.toContain('canary');
    expect(problem.errors).toMatchObject([{ pointer: '/client_secret' }]);
  });
});

describe('pages about problems', () => {
  test.each(Object.entries(problemKinds))('%s has one', async (code, { title }) => {
    const response = await fetch(`${server.url}/docs/problems/${code}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).toContain(`<code>${code}</code>`);
    expect(page).toContain(`<h1>${title.replaceAll("'", '&#39;')}</h1>`);
  });

  test('a list leads to each', async () => {
    const list = await (await fetch(`${server.url}/docs/problems`)).text();
    const links = [...list.matchAll(/href="\/docs\/problems\/([\w-]+)"/g)].map(([, code]) => code);
    expect(links).toEqual(Object.keys(problemKinds));
  });

  test.each(['constructor', '__proto__', 'nothing'])('%s has none', async (code) => {
    const response = await fetch(`${server.url}/docs/problems/${code}`);
    expect(response.status).toBe(404);
    expect(z.object({ code: z.string() }).parse(await response.json()).code).toBe('not-found');
  });
});
