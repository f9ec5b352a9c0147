import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { postJson, send, useEmulator } from '../support/tiktok.ts';

const start = useEmulator();
const subject = { client_key: 'audited', username: 'public_creator' };
const INIT = '/v2/post/publish/video/init/';
const pullInit = (video_url: string) => ({
  post_info: { privacy_level: 'SELF_ONLY' },
  source_info: { source: 'PULL_FROM_URL', video_url },
});

describe('settings', () => {
  test('are those of design 7 without configuration', async () => {
    const emulator = await start();
    const { dialect, settings } = await emulator.control.getState();
    expect(dialect).toBe('strict');
    expect(settings).toEqual({
      dialect: 'strict',
      rate_limits: true,
      caps: true,
      daily_post_cap: 15,
      pending_share_cap: 5,
      unaudited_user_cap: 5,
      processing_seconds: 2,
      moderation: 'approve',
      moderation_seconds: 1,
      retain: 10_000,
      access_token_seconds: 7200,
      refresh_token_seconds: 15_552_000,
      refresh_renews: true,
      oauth_error_status: 200,
      post_id_form: 'number',
      retry_after: false,
      oversized_single_chunk: 'refuse',
      branded_self_only: 'refuse',
      upload_progress_form: 'count',
      webhook_retry_signature: 'fresh',
    });
  });

  test('a PATCH changes what it names', async () => {
    const emulator = await start();
    const settings = await emulator.control.patchSettings({ dialect: 'lenient', retain: 5 });
    expect(settings).toMatchObject({ dialect: 'lenient', retain: 5, rate_limits: true });
    expect((await emulator.control.getState()).settings).toEqual(settings);
  });

  test.each([{ dialect: 'loose' }, { retain: 0 }, { access_token_seconds: '1' }, { typo: 1 }])(
    'a PATCH with %o is refused',
    async (patch) => {
      const emulator = await start();
      const { status } = await send(`${emulator.url}/_emulator/settings`, {
        method: 'PATCH',
        body: JSON.stringify(patch),
      });
      expect(status).toBe(400);
    },
  );

  test('token lifetimes apply to new tokens', async () => {
    const emulator = await start({ settings: { access_token_seconds: 60 } });
    const token = await emulator.control.createToken(subject);
    expect(token.expires_in).toBe(60);
  });

  test('retain bounds the ledgers, the oldest go first', async () => {
    const emulator = await start({ settings: { retain: 3 } });
    for (let index = 0; index < 5; index += 1) await send(`${emulator.url}/v2/none/${index}`);
    const { requests } = await emulator.control.listRequests();
    expect(requests.map(({ id }) => id)).toEqual([3, 4, 5]);
    const { violations } = await emulator.control.listViolations({ after: 4 });
    expect(violations.map(({ id }) => id)).toEqual([5]);
  });
});

describe('clock', () => {
  test('moves forward by seconds or to an instant, and can stand still', async () => {
    const emulator = await start();
    const { control } = emulator;
    expect(await control.moveClock({ frozen: true, now: '2030-01-01T00:00:00Z' })).toEqual({
      now: '2030-01-01T00:00:00.000Z',
      frozen: true,
    });
    expect(await control.moveClock({ advance_seconds: 1.5 })).toEqual({
      now: '2030-01-01T00:00:01.500Z',
      frozen: true,
    });
    const { clock } = await control.getState();
    expect(clock.now).toBe('2030-01-01T00:00:01.500Z');
    expect(await control.moveClock({ frozen: false })).toMatchObject({ frozen: false });
  });

  test.each([
    { now: '2001-01-01T00:00:00Z' },
    { now: 'yesterday' },
    { advance_seconds: -1 },
    { now: '+010000-01-01T00:00:00Z' },
    { advance_seconds: 1, now: '2030-01-01T00:00:00Z' },
  ])('refuses %o', async (move) => {
    const emulator = await start();
    await expect(emulator.control.moveClock(move)).rejects.toMatchObject({ status: 400 });
  });
});

test('the clock ends with the year 9999', async () => {
  const emulator = await start();
  await emulator.control.moveClock({ now: '9999-12-31T00:00:00Z' });
  await expect(emulator.control.moveClock({ advance_seconds: 86_400 })).rejects.toThrow('9999');
});

describe('idle', () => {
  test('answers at once when nothing is due', async () => {
    const emulator = await start();
    expect(await emulator.control.waitIdle()).toMatchObject({ frozen: false });
  });

  test('moves the clock from event to event when asked', async () => {
    const emulator = await start({ settings: { processing_seconds: 86_400 } });
    await emulator.control.moveClock({ frozen: true });
    const { access_token } = await emulator.control.createToken(subject);
    const init = await postJson(`${emulator.url}${INIT}`, access_token, {
      post_info: { privacy_level: 'SELF_ONLY' },
      source_info: { source: 'FILE_UPLOAD', video_size: 4, chunk_size: 4, total_chunk_count: 1 },
    });
    const { upload_url } = init.json['data'] as { upload_url: string };
    await send(upload_url, {
      method: 'PUT',
      headers: { 'content-type': 'video/mp4', 'content-range': 'bytes 0-3/4' },
      body: 'junk',
    });
    await emulator.control.waitIdle({ advance: true });
    const { posts } = await emulator.control.listPosts();
    expect(posts).toMatchObject([
      { status: 'FAILED', fail_reason: 'file_format_check_failed', bytes: 4 },
    ]);
  });

  test('gives up with 409 when what is due does not come', async () => {
    const emulator = await start({ settings: { processing_seconds: 3600 } });
    const { access_token } = await emulator.control.createToken(subject);
    const init = await postJson(`${emulator.url}${INIT}`, access_token, {
      post_info: { privacy_level: 'SELF_ONLY' },
      source_info: { source: 'FILE_UPLOAD', video_size: 4, chunk_size: 4, total_chunk_count: 1 },
    });
    await send((init.json['data'] as { upload_url: string }).upload_url, {
      method: 'PUT',
      headers: { 'content-type': 'video/mp4', 'content-range': 'bytes 0-3/4' },
      body: 'junk',
    });
    await expect(emulator.control.waitIdle({ timeout_seconds: 0.2 })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('1 are due'),
    });
  });

  test('waits for a pull that is under way', async () => {
    const { promise: asked, resolve: tellAsked } = withResolver();
    const { promise: gate, resolve: open } = withResolver();
    const server = createServer((_request, response) => {
      tellAsked();
      void gate.then(() => response.writeHead(404).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A listening TCP server has an address object.
    const { port } = server.address() as AddressInfo;
    const emulator = await start();
    const { access_token } = await emulator.control.createToken(subject);
    await postJson(
      `${emulator.url}${INIT}`,
      access_token,
      pullInit(`http://127.0.0.1:${port}/a.mp4`),
    );
    let isIdle = false;
    const idle = emulator.control.waitIdle({ advance: true }).then(() => {
      isIdle = true;
    });
    await asked;
    const { counts } = await emulator.control.getState();
    expect({ isIdle, underWay: counts['under_way'] }).toEqual({ isIdle: false, underWay: 1 });
    open();
    await idle;
    const { posts } = await emulator.control.listPosts();
    expect(posts).toMatchObject([{ status: 'FAILED', fail_reason: 'video_pull_failed' }]);
    await new Promise((resolve) => server.close(resolve));
  });
});

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('calls that make no sense', () => {
  test.each([
    ['GET', '/_emulator/none', undefined, 404],
    ['POST', '/_emulator/clock', '{"frozen":', 400],
    ['POST', '/_emulator/tokens', '[]', 400],
    ['GET', '/_emulator/requests?after=x', undefined, 400],
    ['GET', '/_emulator/ca_certificate', undefined, 404],
    ['DELETE', '/_emulator/faults/7', undefined, 404],
    ['POST', '/_emulator/creators/nobody/acts', '{"act":"delete_post","publish_id":"x"}', 404],
  ])('%s %s is answered as error.message', async (method, path, body, status) => {
    const emulator = await start();
    const answer = await send(`${emulator.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
    });
    expect({ status: answer.status, json: answer.json }).toEqual({
      status,
      json: { error: { message: expect.any(String) } },
    });
  });

  test.each([
    ['POST', 'webhooks', 50_000],
    ['POST', 'webhooks', 101],
    ['PUT', 'snapshot', 50_000],
  ])('%s %s with %i lists in each other is answered 400', async (method, path, depth) => {
    const errors: unknown[] = [];
    const emulator = await start({ onError: (error) => errors.push(error) });
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const { json, status } = await send(`${emulator.url}/_emulator/${path}`, {
      method,
      body: `{"client_key":"audited","event":"x","content":{"a":${nested}}}`,
    });
    expect({ status, json, errors }).toEqual({
      status: 400,
      json: { error: { message: expect.stringContaining('nested') } },
      errors: [],
    });
  });

  test('what may be nested in a webhook may be nested in a snapshot', async () => {
    const emulator = await start();
    // The deepest that is taken.
    const nested: unknown = JSON.parse(`${'['.repeat(98)}${']'.repeat(98)}`);
    await emulator.control.sendWebhook({
      client_key: 'audited',
      event: 'x',
      // A list of lists is JSON, which the type of `content` describes one level at a time.
      content: { a: nested as [] },
    });
    await emulator.control.putSnapshot(await emulator.control.getSnapshot());
  });

  test('/_emulator without a slash is answered as error.message too', async () => {
    const emulator = await start();
    const { json, status } = await send(`${emulator.url}/_emulator`);
    expect({ status, json }).toEqual({
      status: 404,
      json: { error: { message: 'there is no GET /_emulator' } },
    });
  });

  test('a page of another host cannot steer the emulator, one on loopback can', async () => {
    const emulator = await start();
    const ask = async (origin: string): Promise<number> =>
      (await send(`${emulator.url}/_emulator/state`, { headers: { origin } })).status;
    expect(await ask('https://evil.example')).toBe(400);
    expect(await ask('null')).toBe(400);
    expect(await ask('http://localhost:5173')).toBe(200);
    expect(await ask(emulator.url)).toBe(200);
  });
});
