import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/index.ts';
import {
  brokenRules,
  INBOX_INIT,
  signIn,
  type TestClient,
  uploadVideo,
} from '../support/client.ts';
import { startServer, type TestServer } from '../support/file-server.ts';

let tiktok: RunningEmulator;
let client: TestClient;
let receiver: TestServer;
/** What the receiver answers next; 200 when there is nothing. */
let answers: number[] = [];

beforeAll(async () => {
  tiktok = await startEmulator();
  receiver = await startServer((_request, response) => {
    response.writeHead(answers.shift() ?? 200).end();
  });
});
beforeEach(async () => {
  await tiktok.control.reset();
  await tiktok.control.moveClock({ frozen: true });
  await tiktok.control.putApp('audited', { webhook_url: `${receiver.url}/tiktok` });
  client = await signIn(tiktok);
  seen = receiver.requests.length;
});
afterEach(() => {
  answers = [];
});
afterAll(async () => {
  await tiktok.close();
  await receiver[Symbol.asyncDispose]();
});

let seen = 0;
const received = () => receiver.requests.slice(seen);
const advance = (seconds: number) => tiktok.control.moveClock({ advance_seconds: seconds });
const nowSec = async () =>
  Math.floor(Date.parse((await tiktok.control.getState()).clock.now) / 1000);

/** What a receiver reads: content is parsed a second time. */
function parse(body: string): Record<string, unknown> {
  const parsed = JSON.parse(body) as Record<string, unknown>;
  return { ...parsed, content: JSON.parse(String(parsed['content'])) };
}

// https://developers.tiktok.com/doc/webhooks-events
test('an event is JSON with its content as a string, signed with the app’s secret', async () => {
  const publishId = await uploadVideo(client);
  await advance(2);
  await tiktok.control.waitIdle({ advance: true });
  const [complete, available] = received();
  expect(parse(complete?.body ?? '')).toEqual({
    client_key: 'audited',
    event: 'post.publish.complete',
    create_time: expect.any(Number),
    user_openid: client.open_id,
    content: { publish_id: publishId, publish_type: 'DIRECT_PUBLISH' },
  });
  const { posts } = await tiktok.control.listPosts();
  expect(parse(available?.body ?? '')).toMatchObject({
    event: 'post.publish.publicly_available',
    content: {
      publish_id: publishId,
      post_id: posts[0]?.post_ids[0],
      publish_type: 'DIRECT_PUBLISH',
    },
  });
  expect(complete?.url).toBe('/tiktok');
  expect(complete?.headers['content-type']).toBe('application/json');
  const header = String(complete?.headers['tiktok-signature']);
  const [, t = '', s = ''] = /^t=(\d+),s=([\da-f]{64})$/.exec(header) ?? [];
  const expected = createHmac('sha256', 'emulator-secret')
    .update(`${t}.${complete?.body}`)
    .digest('hex');
  expect(s).toBe(expected);
});

test('the flow of a draft is an INBOX_SHARE', async () => {
  const publishId = await uploadVideo(client, { path: INBOX_INIT });
  await advance(2);
  await expect.poll(received).toHaveLength(1);
  expect(parse(received()[0]?.body ?? '')).toMatchObject({
    event: 'post.publish.inbox_delivered',
    content: { publish_id: publishId, publish_type: 'INBOX_SHARE' },
  });
});

test.each([1, 2, 3, 4])(
  'disconnecting for reason %i is told once the tokens are dead',
  async (reason) => {
    await tiktok.control.act('public_creator', {
      act: 'disconnect',
      client_key: 'audited',
      reason,
    });
    expect((await client.status('x')).status).toBe(401);
    await tiktok.control.waitIdle();
    expect(received().map(({ body }) => parse(body))).toMatchObject([
      { event: 'authorization.removed', user_openid: client.open_id, content: { reason } },
    ]);
  },
);

test('a failed post tells its reason', async () => {
  const publishId = await uploadVideo(client, { bytes: Buffer.from('no video') });
  await advance(2);
  await tiktok.control.waitIdle();
  expect(received().map(({ body }) => parse(body))).toMatchObject([
    {
      event: 'post.publish.failed',
      content: {
        publish_id: publishId,
        reason: 'file_format_check_failed',
        publish_type: 'DIRECT_PUBLISH',
      },
    },
  ]);
});

// https://developers.tiktok.com/doc/webhooks-overview
test('what is not answered 200 is sent again with growing pauses, signed anew', async () => {
  answers = [500, 204, 302];
  await tiktok.control.act('public_creator', {
    act: 'disconnect',
    client_key: 'audited',
    reason: 1,
  });
  await expect.poll(received).toHaveLength(1);
  await expect.poll(async () => (await brokenRules(tiktok)).length).toBe(1);
  for (const [pause, count] of [
    [29, 1],
    [1, 2],
    [59, 2],
    [1, 3],
    [119, 3],
    [1, 4],
    [100_000, 4],
  ] as const) {
    await advance(pause);
    expect(received()).toHaveLength(count);
  }
  const bodies = new Set(received().map(({ body }) => body));
  expect(bodies.size).toBe(1);
  const times = received().map(({ headers }) =>
    Number(/\d+/.exec(String(headers['tiktok-signature']))?.[0]),
  );
  const [first = 0] = times;
  expect(times.map((time) => time - first)).toEqual([0, 30, 90, 210]);
  const { webhooks } = await tiktok.control.listWebhooks();
  expect(webhooks).toMatchObject([
    {
      event: 'authorization.removed',
      state: 'delivered',
      attempts: [{ status: 500 }, { status: 204 }, { status: 302 }, { status: 200 }],
    },
  ]);
  expect(await brokenRules(tiktok)).toEqual(Array(3).fill('webhook.answer'));
});

test('a repetition can carry the first signature, for the documentation leaves it open', async () => {
  await tiktok.control.patchSettings({ webhook_retry_signature: 'first' });
  answers = [500];
  await tiktok.control.act('public_creator', {
    act: 'disconnect',
    client_key: 'audited',
    reason: 1,
  });
  await tiktok.control.waitIdle({ advance: true });
  const signatures = received().map(({ headers }) => headers['tiktok-signature']);
  expect(signatures).toHaveLength(2);
  expect(signatures[1]).toBe(signatures[0]);
});

test('after 72 hours a webhook is dropped', async () => {
  const began = await nowSec();
  answers = Array(100).fill(503);
  await tiktok.control.act('public_creator', {
    act: 'disconnect',
    client_key: 'audited',
    reason: 1,
  });
  await tiktok.control.waitIdle({ advance: true });
  const { webhooks } = await tiktok.control.listWebhooks();
  expect(webhooks).toMatchObject([{ state: 'dropped' }]);
  const times = webhooks[0]?.attempts.map(
    ({ time }) => Math.floor(Date.parse(time) / 1000) - began,
  );
  expect(times?.slice(0, 4)).toEqual([0, 30, 90, 210]);
  expect(times?.at(-1)).toBeLessThanOrEqual(72 * 3600);
  expect(times?.at(-1)).toBeGreaterThan(36 * 3600);
});

test('a receiver that is gone counts as a failed attempt', async () => {
  await tiktok.control.putApp('audited', { webhook_url: 'http://127.0.0.1:1/' });
  await tiktok.control.act('public_creator', {
    act: 'disconnect',
    client_key: 'audited',
    reason: 1,
  });
  await expect
    .poll(async () => (await tiktok.control.listWebhooks()).webhooks[0]?.attempts)
    .toMatchObject([{ status: null, error: 'ECONNREFUSED' }]);
});

test('an app without an address is told nothing, and the event is still listed', async () => {
  await tiktok.control.putApp('audited', { webhook_url: null });
  await tiktok.control.act('public_creator', {
    act: 'disconnect',
    client_key: 'audited',
    reason: 1,
  });
  await tiktok.control.waitIdle();
  expect(received()).toEqual([]);
  expect((await tiktok.control.listWebhooks()).webhooks).toMatchObject([
    { event: 'authorization.removed', state: 'undelivered', attempts: [] },
  ]);
});

test.each([
  ['video.upload.failed', { share_id: 'x' }],
  ['video.publish.completed', { share_id: 'x' }],
  ['portability.download.ready', { request_id: 5 }],
  ['made.up', {}],
])(
  'any event can be sent, as the test button of TikTok’s console does: %s',
  async (event, content) => {
    const sent = await tiktok.control.sendWebhook({ client_key: 'audited', event, content });
    expect(sent).toMatchObject({ event, state: 'pending' });
    await tiktok.control.waitIdle();
    const body = parse(received()[0]?.body ?? '');
    expect(body).toMatchObject({ client_key: 'audited', event, content });
    expect(body).not.toHaveProperty('user_openid');
  },
);

test('an event of a creator carries the open_id; of nobody it makes no sense', async () => {
  const event = { client_key: 'audited', event: 'made.up' };
  await tiktok.control.sendWebhook({ ...event, username: 'public_creator' });
  await tiktok.control.waitIdle();
  expect(parse(received()[0]?.body ?? '')).toMatchObject({ user_openid: client.open_id });
  for (const wrong of [{ client_key: 'none' }, { username: 'none' }]) {
    await expect(tiktok.control.sendWebhook({ ...event, ...wrong })).rejects.toMatchObject({
      status: 404,
    });
  }
});
