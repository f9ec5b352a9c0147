import type { ControlBody, RunningEmulator } from '@greenroom/emulator';
import { describe, expect, test } from 'vitest';
import type { Answer } from './support/tiktok.ts';
import { audited, postForm, postJson, send, useEmulator } from './support/tiktok.ts';

const start = useEmulator();
const CREATOR_INFO = '/v2/post/publish/creator_info/query/';
const VIDEO_INIT = '/v2/post/publish/video/init/';
const TOKEN = '/v2/oauth/token/';

async function startWithFault(
  rule: ControlBody<'addFault'>,
): Promise<{ emulator: RunningEmulator; ask: (path?: string, body?: unknown) => Promise<Answer> }> {
  const emulator = await start({ random: () => 0.5 });
  const { access_token } = await emulator.control.createToken({
    client_key: 'audited',
    username: 'public_creator',
  });
  await emulator.control.addFault(rule);
  return {
    emulator,
    ask: (path = CREATOR_INFO, body = {}) => postJson(`${emulator.url}${path}`, access_token, body),
  };
}

const init = {
  post_info: { privacy_level: 'SELF_ONLY' },
  source_info: { source: 'FILE_UPLOAD', video_size: 10, chunk_size: 10, total_chunk_count: 1 },
};

describe('which requests', () => {
  test.each([
    { what: 'any', match: {}, statuses: [503, 503] },
    { what: 'any path, as *', match: { path: '*' }, statuses: [503, 503] },
    { what: 'another method', match: { method: 'GET' }, statuses: [200, 200] },
    { what: 'its method in lower case', match: { method: 'post' }, statuses: [503, 503] },
    { what: 'the exact path', match: { path: CREATOR_INFO }, statuses: [503, 503] },
    { what: 'only a part of the path', match: { path: '/v2/post/' }, statuses: [200, 200] },
    { what: 'a prefix with *', match: { path: '/v2/post/*' }, statuses: [503, 503] },
    { what: 'the second', match: { nth: 2 }, statuses: [200, 503] },
    { what: 'half of them, the draw above', match: { probability: 0.5 }, statuses: [200, 200] },
    { what: 'six tenths, the draw below', match: { probability: 0.6 }, statuses: [503, 503] },
  ])('$what: $statuses', async ({ match, statuses }) => {
    const { ask } = await startWithFault({ match, action: { status: 503 } });
    expect([(await ask()).status, (await ask()).status]).toEqual(statuses);
  });

  test('so many times, then the rule deletes itself', async () => {
    const { ask, emulator } = await startWithFault({ action: { status: 500 }, times: 2 });
    const statuses = [await ask(), await ask(), await ask()].map(({ status }) => status);
    expect(statuses).toEqual([500, 500, 200]);
    expect(await emulator.control.listFaults()).toEqual({ faults: [] });
  });

  test('until the rule is deleted', async () => {
    const { ask, emulator } = await startWithFault({ action: { status: 500 } });
    await ask();
    const { faults } = await emulator.control.listFaults();
    expect(faults).toEqual([
      { id: 1, match: {}, action: { status: 500 }, times: null, matched: 1, applied: 1 },
    ]);
    await emulator.control.deleteFault(1);
    expect((await ask()).status).toBe(200);
    await expect(emulator.control.deleteFault(1)).rejects.toThrow('no fault rule 1');
  });

  test('never the control API', async () => {
    const { emulator } = await startWithFault({ action: { drop: 'before' } });
    expect(await emulator.control.getState()).toHaveProperty('dialect');
  });

  test('and the ledger names the rule', async () => {
    const { ask, emulator } = await startWithFault({ action: { status: 500 } });
    await ask();
    await expect
      .poll(async () => (await emulator.control.listRequests()).requests)
      .toMatchObject([{ status: 500, code: 'internal_error', fault: 1 }]);
  });
});

describe('status and code', () => {
  test.each([
    { action: { code: 'rate_limit_exceeded' }, status: 429, code: 'rate_limit_exceeded' },
    { action: { status: 502 }, status: 502, code: 'internal_error' },
    { action: { status: 401 }, status: 401, code: 'access_token_invalid' },
    { action: { status: 418, code: 'made_up' }, status: 418, code: 'made_up' },
    { action: { status: 200, code: 'ok' }, status: 200, code: 'ok' },
  ])('$action on an endpoint with an envelope', async ({ action, code, status }) => {
    const { ask } = await startWithFault({ action });
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ data: {}, error: { code } });
  });

  test.each(['server_error', 'temporarily_unavailable', 'access_denied', 'unauthorized_client'])(
    '%s on an OAuth endpoint, flat and with HTTP 200',
    async (code) => {
      const { emulator } = await startWithFault({ match: { path: TOKEN }, action: { code } });
      const { json, status } = await postForm(`${emulator.url}${TOKEN}`, audited);
      expect({ status, error: json['error'] }).toEqual({ status: 200, error: code });
    },
  );

  test('with a message of their own', async () => {
    const action = { code: 'invalid_params', message: 'The chunk size is invalid' };
    const { ask, emulator } = await startWithFault({ action });
    expect((await ask()).json).toMatchObject({ error: action });
    const { json } = await postForm(`${emulator.url}${TOKEN}`, audited);
    expect(json).toMatchObject({ error: action.code, error_description: action.message });
  });

  test('or an answer that is none of TikTok’s', async () => {
    const { ask } = await startWithFault({
      action: {
        status: 302,
        body: '<html>',
        headers: { location: '/sorry', 'content-type': 'text/html' },
      },
    });
    const { headers, status, text } = await ask();
    expect({ status, text, location: headers.get('location') }).toEqual({
      status: 302,
      text: '<html>',
      location: '/sorry',
    });
    expect(headers.get('content-type')).toBe('text/html');
  });

  test('a page on the authorize endpoint', async () => {
    const { emulator } = await startWithFault({
      match: { path: '/v2/auth/*' },
      action: { status: 503, code: 'temporarily_unavailable' },
    });
    const answer = await send(`${emulator.url}/v2/auth/authorize/`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.text).toContain('temporarily_unavailable');
  });

  test('a bare status on an upload', async () => {
    const { ask, emulator } = await startWithFault({
      match: { path: '/upload' },
      action: { status: 502 },
    });
    const { json } = await ask(VIDEO_INIT, init);
    const { upload_url } = json['data'] as { upload_url: string };
    const headers = { 'content-type': 'video/mp4', 'content-range': 'bytes 0-9/10' };
    const answer = await send(upload_url, { method: 'PUT', headers, body: '0123456789' });
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 502, text: '' });
    expect((await emulator.control.listPosts()).posts[0]).toMatchObject({ bytes: 0 });
  });

  test('have no effect behind them', async () => {
    const { ask, emulator } = await startWithFault({
      match: { path: VIDEO_INIT },
      action: { status: 500 },
    });
    await ask(VIDEO_INIT, init);
    expect((await emulator.control.listPosts()).posts).toEqual([]);
  });
});

describe('the connection', () => {
  test.each([
    { drop: 'before', posts: 0 },
    { drop: 'after', posts: 1 },
  ] as const)('is cut $drop the effect: $posts posts', async ({ drop, posts }) => {
    const { ask, emulator } = await startWithFault({
      match: { path: VIDEO_INIT },
      action: { drop },
    });
    await expect(ask(VIDEO_INIT, init)).rejects.toThrow('fetch failed');
    expect((await emulator.control.listPosts()).posts).toHaveLength(posts);
    expect((await emulator.control.listRequests()).requests).toMatchObject([
      { path: VIDEO_INIT, status: null, fault: 1 },
    ]);
  });

  test('is cut within the body when it is truncated', async () => {
    const { ask } = await startWithFault({ action: { truncate_bytes: 20 } });
    await expect(ask()).rejects.toThrow('terminated');
  });

  test('sends the beginning of a truncated body, and its whole length in the header', async () => {
    const { emulator } = await startWithFault({ action: { truncate_bytes: 20 } });
    const response = await fetch(`${emulator.url}${CREATOR_INFO}`, { method: 'POST' });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toBe('{"data":{},"error":{');
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(20);
    await expect(reader?.read()).rejects.toThrow('terminated');
  });
});

describe('time', () => {
  test('an answer is delayed by real time', async () => {
    const { ask } = await startWithFault({ action: { delay_ms: 120 } });
    const before = performance.now();
    expect((await ask()).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(115);
  });

  test('an answer comes slowly, and whole', async () => {
    const { ask } = await startWithFault({ action: { bytes_per_second: 2000 } });
    const before = performance.now();
    const { json } = await ask();
    expect(json).toMatchObject({ error: { code: 'ok' } });
    expect(performance.now() - before).toBeGreaterThanOrEqual(100);
  });

  test('a delayed answer does not hold up the end of the emulator', async () => {
    const { ask, emulator } = await startWithFault({ action: { delay_ms: 60_000 } });
    const asked = ask().catch(() => undefined);
    await expect.poll(async () => (await emulator.control.listFaults()).faults[0]?.applied).toBe(1);
    await emulator.close();
    await asked;
  });
});

describe('makes no sense', () => {
  test.each([
    { action: {} },
    { action: { status: 99 } },
    { action: { body: '', headers: { 'a b': 'c' } } },
    { action: { drop: 'during' } },
    { action: { status: 500 }, match: { path: 'v2/' } },
    { action: { status: 500 }, times: 0 },
    { action: { status: 500 }, typo: 1 },
  ])('%o', async (rule) => {
    const emulator = await start();
    const { json, status } = await send(`${emulator.url}/_emulator/faults`, {
      method: 'POST',
      body: JSON.stringify(rule),
    });
    expect({ status, json }).toEqual({
      status: 400,
      json: { error: { message: expect.stringContaining('makes no sense') } },
    });
  });
});

describe('headers that no answer can carry are refused', () => {
  test.each([
    { location: 'http://a.example/\r\nset-cookie: a=b' },
    { 'x-note': 'a\nb' },
    { 'x-note': 'a\u0000b' },
    { 'x-note': 'snow \u2603' },
    { 'x-note': 'caf\u00e9' },
    { 'Transfer-Encoding': 'chunked' },
    { 'content-length': '3' },
    { connection: 'upgrade' },
    { 'keep-alive': 'timeout=5' },
    { trailer: 'x-note' },
    { upgrade: 'websocket' },
    { 'x note': 'a' },
  ])('%j', async (headers) => {
    const emulator = await start();
    const answer = await send(`${emulator.url}/_emulator/faults`, {
      method: 'POST',
      body: JSON.stringify({ action: { status: 302, body: '', headers } }),
    });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ error: { message: expect.stringContaining('headers') } });
    expect(await emulator.control.listFaults()).toEqual({ faults: [] });
  });

  test('and all others are answered as they are', async () => {
    const headers = { location: '/v2/?a=b\tc', 'retry-after': '7', 'x-empty': '' };
    const { ask } = await startWithFault({ action: { status: 429, body: 'busy', headers } });
    const answer = await ask();
    expect(answer.text).toBe('busy');
    for (const [name, value] of Object.entries(headers)) {
      expect(answer.headers.get(name)).toBe(value);
    }
  });
});
