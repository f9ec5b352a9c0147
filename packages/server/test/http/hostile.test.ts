import { connect } from 'node:net';
import { ProblemSchema } from '@greenroom/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MANY_REQUESTS } from '../support/many-requests.ts';
import { type HttpServer, startHttpServer } from './support/http-server.ts';
import { type RawAnswer, rawPost, sendRaw } from './support/raw-request.ts';

const INVITATIONS = '/api/v1/invitations';

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    env: {
      ...MANY_REQUESTS,
      GREENROOM_REQUEST_SECONDS: '1',
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** How many rows of what requests could have made there are. */
async function countRows(): Promise<number> {
  const [row] = await server.rows<{ count: string }>(
    `select (select count(*) from invitations) + (select count(*) from idempotency_keys)
       + (select count(*) from tiktok_apps) as count`,
  );
  return Number(row?.count);
}

function problemOf(answer: RawAnswer) {
  return ProblemSchema.parse(JSON.parse(answer.body));
}

test('of thousands of unknown fields the first are named', async () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `field_${index}`);
  const body = JSON.stringify({
    role: 'owner',
    ...Object.fromEntries(names.map((name) => [name, 1])),
  });
  const answer = await sendRaw(server.port, ...rawPost(INVITATIONS, server.apiKey, body));
  expect(answer.status).toBe(400);
  const { detail, errors } = problemOf(answer);
  expect(detail).toBe('10000 fields are not valid.');
  expect(errors).toHaveLength(50);
});

describe('bodies', () => {
  test.each([
    {
      what: 'invalid UTF-8',
      body: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
      code: 'malformed-body',
    },
    { what: 'UTF-16', body: Buffer.from('{"role":"owner"}', 'utf16le'), code: 'malformed-body' },
    { what: 'a null byte', body: '{"role":"ow\u0000ner"}', code: 'malformed-body' },
    { what: 'an escaped null character', body: '{"role":"ow\\u0000ner"}', code: 'invalid-request' },
    { what: 'half a surrogate pair', body: '{"role":"\\ud800"}', code: 'invalid-request' },
    { what: 'a null character in a name', body: '{"ro\\u0000le":1}', code: 'invalid-request' },
    {
      what: 'a prototype',
      body: '{"role":"owner","__proto__":{"isAdmin":true}}',
      code: 'invalid-request',
    },
    {
      what: 'a constructor',
      body: '{"role":"owner","constructor":{"prototype":{"a":1}}}',
      code: 'invalid-request',
    },
    {
      what: 'lists without end',
      body: '['.repeat(50_000) + ']'.repeat(50_000),
      code: 'malformed-body',
    },
    {
      what: 'objects without end',
      body: `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
      code: 'malformed-body',
    },
    { what: 'a number beyond numbers', body: '{"role":1e999}', code: 'invalid-request' },
    { what: 'two bodies', body: '{"role":"owner"}{"role":"owner"}', code: 'malformed-body' },
    { what: 'JavaScript', body: '{role:"owner"}', code: 'malformed-body' },
    { what: 'a comment', body: '{"role":"owner"/* me */}', code: 'malformed-body' },
    { what: 'NaN', body: '{"role":NaN}', code: 'malformed-body' },
    { what: 'a list of a wrong type', body: '{"role":["owner"]}', code: 'invalid-request' },
    { what: 'a role that does not exist', body: '{"role":"king"}', code: 'invalid-request' },
    { what: 'SQL', body: `{"role":"owner'; drop table members; --"}`, code: 'invalid-request' },
  ])('$what is refused and nothing is stored', async ({ body, code }) => {
    const before = await countRows();
    const answer = await sendRaw(server.port, ...rawPost(INVITATIONS, server.apiKey, body));
    expect(problemOf(answer)).toMatchObject({ code, status: answer.status });
    expect(answer.status).toBe(400);
    expect(await countRows()).toBe(before);
    expect(Object.prototype).not.toHaveProperty('isAdmin');
  });

  test('the field that holds a null character is named', async () => {
    const body = JSON.stringify({ name: 'n', client_key: 'a\u0000b', client_secret: 's' });
    const answer = await sendRaw(server.port, ...rawPost('/api/v1/apps', server.apiKey, body));
    expect(problemOf(answer).errors).toMatchObject([{ in: 'body', pointer: '/client_key' }]);
  });

  test('a BOM before the body is no part of it', async () => {
    const body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{"role":"viewer"}')]);
    const answer = await sendRaw(server.port, ...rawPost(INVITATIONS, server.apiKey, body));
    expect(answer.status).toBe(201);
  });

  test('a body larger than announced limits is refused before it is read', async () => {
    const head = rawPost(INVITATIONS, server.apiKey, '')[0];
    const huge = String(head).replace('Content-Length: 0', 'Content-Length: 99999999999');
    const answer = await sendRaw(server.port, huge, '{');
    expect(problemOf(answer).code).toBe('body-too-large');
  });

  test('a chunked body that grows too large is cut off', async () => {
    const [head] = rawPost(INVITATIONS, server.apiKey, '');
    const chunked = String(head).replace('Content-Length: 0', 'Transfer-Encoding: chunked');
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const answer = await sendRaw(server.port, chunked, ...Array.from({ length: 6 }, () => chunk));
    expect(answer.status).toBe(413);
  });

  test('any JSON at all gets an answer below 500 and leaves nothing', async () => {
    const before = await countRows();
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), async (body) => {
        const answer = await sendRaw(server.port, ...rawPost('/api/v1/apps', server.apiKey, body));
        expect(answer.status).toBe(400);
        problemOf(answer);
      }),
      { numRuns: 60 },
    );
    expect(await countRows()).toBe(before);
  });

  test('any bytes at all get an answer below 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const parts = rawPost(INVITATIONS, server.apiKey, Buffer.from(bytes));
        const answer = await sendRaw(server.port, ...parts);
        expect(answer.status).toBe(400);
      }),
      { numRuns: 60 },
    );
  });
});

describe('addresses', () => {
  test.each([
    '/api/v1/accounts/%00',
    '/api/v1/accounts?cursor=%00',
    '/api/v1/accounts/..%2f..%2fetc%2fpasswd',
    '/api/v1/members/%00',
    "/api/v1/members/'%20or%201=1--",
    '/api/v1/activity?action=%00',
    '/api/v1/activity?since=yesterday',
    '/api/v1/accounts/00000000-0000-0000-0000-00000000000g',
    '/api/v1/accounts?__proto__=1',
    '/api/v1/accounts?limit[a]=1',
  ])('%s is answered below 500', async (path) => {
    const method = path.includes('/members/') ? 'DELETE' : 'GET';
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${server.apiKey}` },
    });
    expect([400, 404]).toContain(response.status);
    ProblemSchema.parse(await response.json());
  });

  test('any query at all is answered below 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.webQueryParameters(), async (query) => {
        const response = await fetch(`${server.url}/api/v1/activity?${query}`, {
          headers: { authorization: `Bearer ${server.apiKey}` },
        });
        expect(response.status).toBeLessThan(500);
        await response.text();
      }),
      { numRuns: 60 },
    );
  });
});

describe('credentials', () => {
  test.each([
    'Bearer',
    'Bearer grk_',
    'Bearer grk_!!!!',
    'Basic YWRtaW46YWRtaW4=',
    `Bearer grk_${'A'.repeat(43)}`,
    `Bearer grk_${'A'.repeat(4000)}`,
    "Bearer ' or 1=1 --",
  ])('%s opens nothing', async (authorization) => {
    const response = await fetch(`${server.url}/api/v1/accounts`, { headers: { authorization } });
    expect(response.status).toBe(401);
    expect(ProblemSchema.parse(await response.json()).code).toBe('unauthenticated');
  });

  test('a body of nobody is not even parsed', async () => {
    const answer = await sendRaw(server.port, ...rawPost(INVITATIONS, 'wrong', '{not json'));
    expect(answer.status).toBe(401);
  });
});

describe('HTTP itself', () => {
  test.each([
    { what: 'nonsense', text: 'hello\r\n\r\n', code: 'malformed-request' },
    {
      what: 'a TLS greeting',
      text: '\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n',
      code: 'malformed-request',
    },
    {
      what: 'a header without a name',
      text: 'GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n',
      code: 'malformed-request',
    },
    {
      what: 'two lengths',
      text: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      code: 'malformed-request',
    },
    {
      what: 'a length beside chunks',
      text: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      code: 'malformed-request',
    },
    {
      what: 'a chunk of no size',
      text: 'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      code: 'malformed-request',
    },
    {
      what: 'huge headers',
      text: `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
      code: 'headers-too-large',
    },
    {
      what: 'many headers',
      text: `GET / HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 3000 }, (_, i) => `X${i}: y\r\n`).join('')}\r\n`,
      code: 'headers-too-large',
    },
  ])('$what is answered by a problem document: $code', async ({ text, code }) => {
    const answer = await sendRaw(server.port, text);
    expect(problemOf(answer)).toMatchObject({ code, status: answer.status });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['connection']).toBe('close');
  });

  test.each([
    { what: 'headers', text: 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ' },
    {
      what: 'a body',
      text: 'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    },
  ])('$what that never end are ended by 408', async ({ text }) => {
    const answer = await sendRaw(server.port, text);
    expect(problemOf(answer)).toMatchObject({ code: 'request-timeout', status: 408 });
  });

  test('a trickle of headers does not keep a connection for ever', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    const timer = setInterval(() => socket.write('X: y\r\n'), 100);
    const text = await new Promise<string>((resolve) => {
      let received = '';
      socket.on('data', (data) => {
        received += data.toString();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(received));
    });
    clearInterval(timer);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a caller that hangs up in the middle harms nobody', async () => {
    const [head] = rawPost(INVITATIONS, server.apiKey, '');
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(String(head).replace('Content-Length: 0', 'Content-Length: 1000'));
    await new Promise((resolve) => socket.write('{"role"', resolve));
    socket.resetAndDestroy();
    expect((await server.api.listInvitations({ limit: 1 })).items.length).toBeLessThanOrEqual(1);
  });
});

test('nothing of all this was taken for a fault of the server', () => {
  expect(server.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});
