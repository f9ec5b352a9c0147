import { request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { brokenRules, postForm, postJson, send, useEmulator } from './support/tiktok.ts';

const start = useEmulator();
const subject = { client_key: 'audited', username: 'public_creator' };
const CREATOR_INFO = '/v2/post/publish/creator_info/query/';
const VIDEO_INIT = '/v2/post/publish/video/init/';

describe('Unsupported path(Janus)', () => {
  test.each([
    ['POST', '/v2/oauth/token'],
    ['POST', '/v2/oauth/revoke'],
    ['GET', '/v2/oauth/token/'],
    ['GET', '/v2/video/list/'],
    ['POST', '/v2/user/info/'],
    ['GET', '/v2/creator_info/query/?fields=display_name'],
    ['POST', '/v2/post/publish/video/init'],
    ['PUT', VIDEO_INIT],
    ['HEAD', '/v2/user/info/'],
    ['POST', '/v2/post/publish/video/init//'],
    ['POST', '/V2/post/publish/video/init/'],
  ])('%s %s is answered 404 in plain text', async (method, path) => {
    const emulator = await start();
    const answer = await send(`${emulator.url}${path}`, { method });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.text).toBe(method === 'HEAD' ? '' : 'Unsupported path(Janus)');
  });

  test('an unsupported path under /v2/ is a violation', async () => {
    const emulator = await start();
    await send(`${emulator.url}/v2/oauth/token`, { method: 'POST' });
    expect(await brokenRules(emulator)).toEqual(['gateway.unsupported_path']);
  });
});

describe('envelope', () => {
  test('every answer has its own log_id: the emulator’s time and 20 hex digits', async () => {
    const emulator = await start({
      seed: { clock: { now: '2027-01-02T03:04:05Z', frozen: true } },
    });
    const { access_token } = await emulator.control.createToken(subject);
    const ids = await Promise.all(
      [1, 2].map(async () => {
        const { json } = await postJson(`${emulator.url}${CREATOR_INFO}`, access_token, {});
        return (json['error'] as { log_id: string }).log_id;
      }),
    );
    for (const id of ids) expect(id).toMatch(/^20270102030405[0-9A-F]{20}$/);
    expect(new Set(ids).size).toBe(2);
  });

  test('an error has empty data and code, message and log_id', async () => {
    const emulator = await start();
    const { json, status } = await postJson(`${emulator.url}${CREATOR_INFO}`, 'act.nothing', {});
    expect({ status, json }).toEqual({
      status: 401,
      json: {
        data: {},
        error: {
          code: 'access_token_invalid',
          message: 'The access token is invalid or not found in the request.',
          log_id: expect.stringMatching(/^\d{14}[0-9A-F]{20}$/),
        },
      },
    });
  });
});

describe('access', () => {
  test.each([
    ['no Authorization header', {}],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['a token that nobody has', { authorization: 'Bearer act.nothing' }],
    ['a refresh token', undefined],
  ])('%s is answered 401 access_token_invalid', async (_what, headers) => {
    const emulator = await start();
    const { refresh_token } = await emulator.control.createToken(subject);
    const { json, status } = await send(`${emulator.url}${CREATOR_INFO}`, {
      method: 'POST',
      headers: headers ?? { authorization: `Bearer ${refresh_token}` },
    });
    expect(status).toBe(401);
    expect(json).toMatchObject({ error: { code: 'access_token_invalid' } });
  });

  test('a token dies after its two hours', async () => {
    const emulator = await start();
    await emulator.control.moveClock({ frozen: true });
    const { access_token } = await emulator.control.createToken(subject);
    const status = async (): Promise<number> =>
      (await postJson(`${emulator.url}${CREATOR_INFO}`, access_token, {})).status;
    await emulator.control.moveClock({ advance_seconds: 7199 });
    expect(await status()).toBe(200);
    await emulator.control.moveClock({ advance_seconds: 1 });
    expect(await status()).toBe(401);
  });

  test('a token without the scope is answered 401 scope_not_authorized', async () => {
    const emulator = await start();
    const { access_token } = await emulator.control.createToken({
      ...subject,
      scopes: ['video.upload'],
    });
    const { json, status } = await postJson(`${emulator.url}${CREATOR_INFO}`, access_token, {});
    expect(status).toBe(401);
    expect(json).toMatchObject({ error: { code: 'scope_not_authorized' } });
    expect(await brokenRules(emulator)).toEqual(['access.scope']);
  });
});

describe('bodies', () => {
  async function post(
    dialect: 'strict' | 'observed' | 'lenient',
    body: string | undefined,
    contentType: string | undefined,
  ): Promise<{ status: number; code: unknown; rules: string[] }> {
    const emulator = await start({ dialect });
    const { access_token } = await emulator.control.createToken(subject);
    const { json, status } = await send(`${emulator.url}${VIDEO_INIT}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${access_token}`,
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    const { code } = json['error'] as { code: unknown };
    return { status, code, rules: await brokenRules(emulator) };
  }
  const init = JSON.stringify({
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: { source: 'FILE_UPLOAD', video_size: 10, chunk_size: 10, total_chunk_count: 1 },
  });

  test.each([
    ['broken JSON', '{"post_info":'],
    ['a list', '[]'],
    ['a number', '7'],
    ['null', 'null'],
    ['a byte order mark', '\uFEFF{}'],
    ['nothing', undefined],
  ])('%s is answered 400 invalid_param', async (_what, body) => {
    expect(await post('strict', body, 'application/json')).toEqual({
      status: 400,
      code: 'invalid_param',
      rules: ['gateway.malformed_json'],
    });
  });

  test.each([
    ['strict', 'application/json; charset=UTF-8', 200, []],
    ['strict', 'application/json', 200, []],
    ['strict', 'text/plain', 400, ['gateway.content_type']],
    ['strict', 'application/x-www-form-urlencoded', 400, ['gateway.content_type']],
    ['strict', undefined, 400, ['gateway.content_type']],
    ['observed', 'text/plain', 400, ['gateway.content_type']],
    ['lenient', 'text/plain', 200, ['gateway.content_type']],
  ] as const)('%s takes %s: %i', async (dialect, contentType, status, rules) => {
    expect(await post(dialect, init, contentType)).toMatchObject({ status, rules });
  });

  test.each(['strict', 'observed', 'lenient'] as const)(
    'a field that nobody documents is ignored and noted (%s)',
    async (dialect) => {
      const body = JSON.stringify({ ...JSON.parse(init), upload_source: 'x' });
      const answer = await post(dialect, body, 'application/json');
      expect(answer).toEqual({ status: 200, code: 'ok', rules: ['gateway.unknown_field'] });
    },
  );

  test('a body over a mebibyte is refused in the shape of its endpoint', async () => {
    const emulator = await start();
    const huge = 'x'.repeat(1024 * 1024 + 1);
    const { access_token } = await emulator.control.createToken(subject);
    const posting = await postJson(`${emulator.url}${VIDEO_INIT}`, access_token, { huge });
    expect(posting.status).toBe(400);
    expect(posting.json).toMatchObject({ error: { code: 'invalid_param' } });
    const oauth = await postForm(`${emulator.url}/v2/oauth/token/`, { huge });
    expect({ status: oauth.status, error: oauth.json['error'] }).toEqual({
      status: 200,
      error: 'invalid_request',
    });
    expect(await brokenRules(emulator)).toEqual([
      'gateway.body_too_large',
      'gateway.body_too_large',
    ]);
  });

  test('creator info takes no body at all', async () => {
    const emulator = await start();
    const { access_token } = await emulator.control.createToken(subject);
    const { status } = await send(`${emulator.url}${CREATOR_INFO}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(status).toBe(200);
  });
});

test.each(['/v2/user/info/%E0%A4%A', '/v2/%zz/', '/%', '/v2/user/info/?fields=%'])(
  'the malformed address %s is answered, not dropped',
  async (path) => {
    const errors: unknown[] = [];
    const emulator = await start({ onError: (error) => errors.push(error) });
    const answer = await new Promise((resolve, reject) => {
      httpRequest({ port: emulator.port, host: '127.0.0.1', path, method: 'GET' })
        .on('response', (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString();
          });
          response.on('end', () => resolve({ status: response.statusCode, text }));
        })
        .on('error', reject)
        .end();
    });
    const isQuery = path.includes('?');
    expect(answer).toEqual(
      isQuery
        ? { status: 401, text: expect.stringContaining('access_token_invalid') }
        : { status: 404, text: 'Unsupported path(Janus)' },
    );
    expect(errors).toEqual([]);
  },
);

test('the ledger has every request, without tokens, queries or the emulator’s own calls', async () => {
  const emulator = await start();
  const { access_token } = await emulator.control.createToken(subject);
  await postJson(`${emulator.url}${CREATOR_INFO}`, access_token, {});
  await send(`${emulator.url}/v2/user/info/?fields=open_id&secret=canary`);
  const requests = await expect
    .poll(async () => (await emulator.control.listRequests()).requests)
    .toMatchObject([
      {
        id: 1,
        app: 'audited',
        creator: 'public_creator',
        method: 'POST',
        path: CREATOR_INFO,
        status: 200,
        code: 'ok',
        fault: null,
      },
      { id: 2, app: null, creator: null, method: 'GET', path: '/v2/user/info/', status: 401 },
    ])
    .then(() => emulator.control.listRequests({ after: 1 }));
  expect(requests.requests.map(({ id }) => id)).toEqual([2]);
  const everything = JSON.stringify(await emulator.control.listRequests());
  expect(everything).not.toContain('canary');
  expect(everything).not.toContain(access_token);
});

test('a request stands in the ledger when it was answered, so that a poll misses none', async () => {
  const emulator = await start();
  await emulator.control.addFault({ match: { nth: 1 }, action: { delay_ms: 150, status: 503 } });
  const slow = send(`${emulator.url}/v2/slow/`);
  await expect.poll(async () => (await emulator.control.listFaults()).faults[0]?.applied).toBe(1);
  await send(`${emulator.url}/v2/quick/`);
  const paths = async (after: number): Promise<[number, string][]> =>
    (await emulator.control.listRequests({ after })).requests.map(({ id, path }) => [id, path]);
  await expect.poll(() => paths(0)).toEqual([[1, '/v2/quick/']]);
  await slow;
  await expect.poll(() => paths(1)).toEqual([[2, '/v2/slow/']]);
});
