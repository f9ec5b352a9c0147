import { inspect } from 'node:util';
import { createClient, GreenroomError } from '@greenroom/contract';
import { describe, expect, test } from 'vitest';
import { json, startStandIn } from './support/stand-in.ts';

const ID = '0f6f4f0e-7c3e-4f43-9d59-2b8a1f3f6a10';
const WORKSPACE = { id: ID, name: 'Main', created_at: '2026-11-21T16:00:00.000Z' };
const PROBLEM = {
  type: 'http://greenroom.example/docs/problems/invalid-request',
  title: 'The request is not valid',
  status: 400,
  detail: 'body /name: Too long',
  instance: 'urn:uuid:5b1e8a5e-3f63-4b8e-9a3c-0f9be63e8f53',
  code: 'invalid-request',
  errors: [{ in: 'body', pointer: '/name', detail: 'Too long' }],
};

describe('what is sent', () => {
  test('fields go where the operation has them', async () => {
    await using server = await startStandIn((response) =>
      json(response, 200, { ...WORKSPACE, person_id: 'p/1', email: 'a@b.c', role: 'editor' }),
    );
    const greenroom = createClient({ baseUrl: `${server.url}/`, apiKey: 'grk_x' });
    await greenroom.updateMember({ person_id: 'p/1', role: 'editor' });
    expect(server.seen[0]).toMatchObject({
      method: 'PATCH',
      url: '/api/v1/members/p%2F1',
      body: '{"role":"editor"}',
      headers: { authorization: 'Bearer grk_x', 'content-type': 'application/json' },
    });
  });

  test('filters and pages go into the query, and a GET has no body', async () => {
    await using server = await startStandIn((response) =>
      json(response, 200, { items: [], next_cursor: null }),
    );
    const greenroom = createClient({ baseUrl: server.url, workspaceId: ID });
    await greenroom.listAccounts({ limit: 5, state: 'connected' });
    expect(server.seen[0]).toMatchObject({
      method: 'GET',
      url: '/api/v1/accounts?limit=5&state=connected',
      body: '',
      headers: { 'greenroom-workspace': ID },
    });
    expect(server.seen[0]?.headers).not.toHaveProperty('authorization');
    expect(server.seen[0]?.headers).not.toHaveProperty('content-type');
  });

  test('an idempotency key goes into its header', async () => {
    await using server = await startStandIn((response) => json(response, 201, WORKSPACE));
    const greenroom = createClient({ baseUrl: server.url });
    await greenroom.createWorkspace({ name: 'Main' }, { idempotencyKey: 'k-1' });
    expect(server.seen[0]?.headers['idempotency-key']).toBe('k-1');
  });

  test('a field that an operation has no place for is refused before anything is sent', async () => {
    await using server = await startStandIn((response) => json(response, 400, PROBLEM));
    const input = { id: ID, colour: 'red' };
    const thrown = createClient({ baseUrl: server.url }).getAccount(input);
    await expect(thrown).rejects.toThrow(new TypeError('getAccount takes no field colour'));
    expect(server.seen).toEqual([]);
  });
});

describe('what is answered', () => {
  test('an answer is checked and its unknown fields are left out', async () => {
    await using server = await startStandIn((response) =>
      json(response, 200, { ...WORKSPACE, news: 1 }),
    );
    expect(await createClient({ baseUrl: server.url }).getWorkspace()).toEqual(WORKSPACE);
  });

  test('204 is undefined', async () => {
    await using server = await startStandIn((response) => response.writeHead(204).end());
    expect(await createClient({ baseUrl: server.url }).signOut()).toBeUndefined();
  });

  test.each([
    { what: 'a field of another type', status: 200, body: JSON.stringify({ ...WORKSPACE, id: 7 }) },
    { what: 'HTML', status: 200, body: '<html>' },
    { what: 'nothing', status: 200, body: '' },
    { what: 'half of it', status: 200, body: JSON.stringify(WORKSPACE).slice(0, 20) },
    { what: 'a status that is not promised', status: 202, body: JSON.stringify(WORKSPACE) },
    { what: 'an error page of a proxy', status: 502, body: '<h1>Bad gateway</h1>' },
  ])('$what is an unexpected answer', async ({ status, body }) => {
    await using server = await startStandIn((response) => response.writeHead(status).end(body));
    const error = await createClient({ baseUrl: server.url }).getWorkspace().catch(String);
    const thrown = createClient({ baseUrl: server.url }).getWorkspace();
    await expect(thrown).rejects.toMatchObject({ code: 'unexpected-answer', status });
    expect(error).toContain('getWorkspace');
  });
});

describe('what goes wrong', () => {
  test('a problem is thrown with its document', async () => {
    await using server = await startStandIn((response) => json(response, 400, PROBLEM));
    const thrown = createClient({ baseUrl: server.url }).updateWorkspace({ name: 'x' });
    await expect(thrown).rejects.toMatchObject({
      name: 'GreenroomError',
      code: 'invalid-request',
      status: 400,
      problem: PROBLEM,
      isRetryable: false,
      message: 'The request is not valid: body /name: Too long',
    });
    await expect(thrown).rejects.toThrow(GreenroomError);
  });

  test('a problem of a newer server is thrown all the same', async () => {
    await using server = await startStandIn((response) =>
      json(response, 418, { ...PROBLEM, status: 418, code: 'teapot', lid: 'on' }),
    );
    const thrown = createClient({ baseUrl: server.url }).getWorkspace();
    await expect(thrown).rejects.toMatchObject({ code: 'teapot', status: 418 });
  });

  test('Retry-After is told', async () => {
    await using server = await startStandIn((response) =>
      json(
        response,
        429,
        { ...PROBLEM, status: 429, code: 'too-many-requests' },
        { 'retry-after': '7' },
      ),
    );
    const thrown = createClient({ baseUrl: server.url }).getWorkspace();
    await expect(thrown).rejects.toMatchObject({ retryAfterSeconds: 7, isRetryable: true });
  });

  test('a server that is not there is no answer', async () => {
    const gone = await startStandIn(() => undefined);
    await gone[Symbol.asyncDispose]();
    const thrown = createClient({ baseUrl: gone.url }).getWorkspace();
    await expect(thrown).rejects.toMatchObject({ code: 'no-answer', isRetryable: true });
  });

  test('a connection that is cut in the middle of an answer is no answer', async () => {
    await using server = await startStandIn((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"id"', () => response.destroy());
    });
    const thrown = createClient({ baseUrl: server.url }).getWorkspace();
    await expect(thrown).rejects.toMatchObject({ code: 'no-answer' });
  });

  test('the deadline ends a call, also in the middle of an answer', async () => {
    await using server = await startStandIn((response) => {
      response.writeHead(200);
      response.write('{');
    });
    const greenroom = createClient({ baseUrl: server.url, timeoutMs: 10_000 });
    const thrown = greenroom.getWorkspace({}, { timeoutMs: 50 });
    await expect(thrown).rejects.toMatchObject({ code: 'timed-out', isRetryable: true });
  });

  test('a caller’s signal ends a call with its own reason', async () => {
    await using server = await startStandIn(() => undefined);
    const controller = new AbortController();
    const thrown = createClient({ baseUrl: server.url }).getWorkspace(
      {},
      { signal: controller.signal },
    );
    controller.abort(new Error('changed my mind'));
    await expect(thrown).rejects.toThrow('changed my mind');
  });

  test('a redirect is not followed, and the key stays here', async () => {
    await using thief = await startStandIn((response) => json(response, 200, WORKSPACE));
    await using server = await startStandIn((response) =>
      response.writeHead(307, { location: thief.url }).end(),
    );
    const greenroom = createClient({ baseUrl: server.url, apiKey: 'grk_secret' });
    await expect(greenroom.getWorkspace()).rejects.toMatchObject({ code: 'no-answer' });
    expect(thief.seen).toEqual([]);
  });

  test('neither the client nor its errors show the key', async () => {
    await using server = await startStandIn((response) => response.writeHead(500).end('oops'));
    const greenroom = createClient({ baseUrl: server.url, apiKey: 'grk_canary' });
    const error: unknown = await greenroom.getWorkspace().catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 9 }) + inspect(greenroom, { depth: 9 })).not.toContain('canary');
  });
});

describe('lists', () => {
  test('each entry of all pages is given, and pages are fetched as they are needed', async () => {
    const entry = (name: string) => ({ id: ID, name, role: 'owner' });
    await using server = await startStandIn((response, { url }) =>
      url?.includes('cursor=more') === true
        ? json(response, 200, { items: [entry('c')], next_cursor: null })
        : json(response, 200, { items: [entry('a'), entry('b')], next_cursor: 'more' }),
    );
    const greenroom = createClient({ baseUrl: server.url });
    const names: string[] = [];
    for await (const { name } of greenroom.each.listWorkspaces({ limit: 2 })) {
      names.push(name);
      if (name === 'a') expect(server.seen).toHaveLength(1);
    }
    expect(names).toEqual(['a', 'b', 'c']);
    expect(server.seen.map(({ url }) => url)).toEqual([
      '/api/v1/workspaces?limit=2',
      '/api/v1/workspaces?limit=2&cursor=more',
    ]);
  });

  test('whoever stops early fetches no more', async () => {
    await using server = await startStandIn((response) =>
      json(response, 200, { items: [{ id: ID, name: 'a', role: 'owner' }], next_cursor: 'more' }),
    );
    for await (const _entry of createClient({ baseUrl: server.url }).each.listWorkspaces()) break;
    expect(server.seen).toHaveLength(1);
  });
});

test('the types know what each operation takes and gives', () => {
  const greenroom = createClient({ baseUrl: 'http://127.0.0.1:1' });
  type Taken = Parameters<typeof greenroom.updateMember>[0];
  const taken: Taken = { person_id: 'p', role: 'viewer' };
  // @ts-expect-error -- There is no such role.
  const wrong: Taken = { person_id: 'p', role: 'king' };
  // @ts-expect-error -- An operation that answers no pages is not iterated over.
  expect(greenroom.each.getAccount).toBeUndefined();
  type Given = Awaited<ReturnType<typeof greenroom.getAccount>>;
  const state: Given['state'] = 'reconnect_needed';
  expect([taken.role, wrong.role, state]).toEqual(['viewer', 'king', 'reconnect_needed']);
});
