import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect } from '../accounts/support/connect.ts';
import { startWorld, type TestWorkspace, type World } from '../accounts/support/world.ts';

let world: World;
let workspace: TestWorkspace;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  workspace = await world.addWorkspace();
  await world.rows('delete from webhook_events');
});

interface Sent {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly secret?: string;
  /** Seconds that the signature is off the clock. */
  readonly off?: number;
  readonly headers?: Record<string, string>;
}

/** Sends an event as TikTok does. */
async function send({ body, secret = 'emulator-secret', off = 0, headers }: Sent) {
  const time = Math.floor(world.services.clock.now().getTime() / 1000) + off;
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const signature = createHmac('sha256', secret).update(`${time}.`).update(bytes).digest('hex');
  return fetch(`${world.url}/webhooks/tiktok`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'tiktok-signature': `t=${time},s=${signature}`,
      ...headers,
    },
    body: bytes,
  });
}

function toBody(differences: Record<string, unknown> = {}): string {
  return JSON.stringify({
    client_key: 'audited',
    event: 'authorization.removed',
    create_time: Math.floor(world.services.clock.now().getTime() / 1000),
    user_openid: '-000nobody',
    content: '{"reason":1}',
    ...differences,
  });
}

async function stored() {
  return world.rows<{
    event: string;
    body: Buffer;
    workspace_id: string | null;
    account_id: string | null;
  }>('select event, body, workspace_id, account_id from webhook_events order by received_at');
}

test('an event is answered with 200 and nothing, and its bytes are kept as they came', async () => {
  await world.tiktok.control.putCreator('told');
  const account = await connect(world, workspace, { username: 'told' });
  // Blanks and an escape that a parser would not give back.
  const body = toBody({ user_openid: account.open_id })
    .replace('{"client_key"', '{ "client_key"')
    .replace('audited', '\\u0061udited');
  const response = await send({ body });
  expect([response.status, await response.text()]).toEqual([200, '']);
  const rows = await stored();
  expect(rows).toMatchObject([{ workspace_id: workspace.id, account_id: account.id }]);
  expect(rows[0]?.body.toString()).toBe(body);
});

test.each([
  { name: 'an unknown account', body: () => toBody() },
  { name: 'an event of nobody', body: () => toBody({ user_openid: undefined }) },
  { name: 'an unknown event', body: () => toBody({ event: 'made.up.tomorrow' }) },
  {
    name: 'an event of publishing',
    body: () =>
      toBody({ event: 'post.publish.complete', content: '{"publish_id":"v_pub_file~v2-1.1"}' }),
  },
])('$name is kept', async ({ body }) => {
  expect((await send({ body: body() })).status).toBe(200);
  expect(await stored()).toMatchObject([{ workspace_id: null, account_id: null }]);
});

test('the same event, twice and at once, is kept once; another one is another', async () => {
  const body = toBody();
  const answers = await Promise.all([send({ body }), send({ body }), send({ body, off: 5 })]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await stored()).toHaveLength(1);
  await send({ body: toBody({ user_openid: '-000another' }) });
  expect(await stored()).toHaveLength(2);
});

test.each([
  { name: 'signed with another secret', sent: { secret: 'wrong' } },
  { name: 'without a signature', sent: { headers: { 'tiktok-signature': '' } } },
  { name: 'with half a signature', sent: { headers: { 'tiktok-signature': 't=1' } } },
  { name: 'signed five days ago', sent: { off: -5 * 24 * 3_600 } },
  { name: 'signed in five days', sent: { off: 5 * 24 * 3_600 } },
  { name: 'of an app that nobody has', sent: {}, differences: { client_key: 'foreign' } },
  { name: 'without a client_key', sent: {}, differences: { client_key: undefined } },
  { name: 'that is no object', sent: {}, raw: '[]' },
  { name: 'that is no JSON', sent: {}, raw: '{' },
  { name: 'that is empty', sent: {}, raw: '' },
  { name: 'that is not UTF-8', sent: {}, raw: new Uint8Array([0xff, 0xfe]) },
  { name: 'with a null character in its key', sent: {}, differences: { client_key: 'a\0b' } },
  { name: 'with a null character in its event', sent: {}, differences: { event: 'a\0b' } },
  { name: 'of the year 300000', sent: {}, differences: { create_time: 1e13 } },
])('an event $name is refused with 4xx, and nothing is stored', async (row) => {
  const body = row.raw ?? toBody(row.differences);
  const response = await send({ body, ...row.sent });
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.status).toBeLessThan(500);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(await stored()).toEqual([]);
});

test('whoever cannot sign hears the same words, whatever is wrong and whether the app is ours', async () => {
  const words = async (sent: Sent) => {
    const { instance: _, ...problem } = (await (await send(sent)).json()) as Record<
      string,
      unknown
    >;
    return problem;
  };
  const ours = await words({ body: toBody(), secret: 'wrong' });
  expect(ours).toMatchObject({ code: 'webhook-signature', status: 401 });
  const foreign = toBody({ client_key: 'foreign' });
  const unsigned = { 'tiktok-signature': '' };
  for (const sent of [
    { body: foreign },
    { body: foreign, headers: unsigned },
    { body: toBody(), headers: unsigned },
    { body: toBody(), off: -5 * 24 * 3_600 },
    { body: '{' },
    { body: '[]' },
  ]) {
    expect(await words(sent)).toEqual(ours);
  }
  // The operator is told more.
  expect(world.logged.join('')).toContain('no app with that key');
});

test('an app whose secret was given up takes no event, and nobody outside learns of it', async () => {
  const [app] = await world.rows<{ id: string; sealed: Buffer }>(
    `select id, client_secret_sealed as sealed from tiktok_apps where client_key = 'audited'`,
  );
  await world.rows('update tiktok_apps set client_secret_sealed = null where id = $1', [app?.id]);
  const response = await send({ body: toBody() });
  await world.rows('update tiktok_apps set client_secret_sealed = $2 where id = $1', [
    app?.id,
    app?.sealed,
  ]);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: 'webhook-signature' });
});

test('a changed byte breaks the signature', async () => {
  const body = toBody();
  const changed = body.replace('"reason\\":1', '"reason\\":2');
  expect(changed).not.toBe(body);
  const time = Math.floor(world.services.clock.now().getTime() / 1000);
  const signature = createHmac('sha256', 'emulator-secret').update(`${time}.${body}`).digest('hex');
  const headers = { 'tiktok-signature': `t=${time},s=${signature}` };
  const response = await send({ body: changed, headers });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: 'webhook-signature' });
  expect(await stored()).toEqual([]);
});

test('an event that is sent for the third day is still taken', async () => {
  expect((await send({ body: toBody(), off: -71 * 3_600 })).status).toBe(200);
  expect(await stored()).toHaveLength(1);
});

test('a body beyond 64 kB is refused before it is read to its end', async () => {
  const body = toBody({ content: JSON.stringify({ padding: 'x'.repeat(70_000) }) });
  expect((await send({ body })).status).toBe(413);
  expect(await stored()).toEqual([]);
});

test('whatever type the body claims to be, its bytes count', async () => {
  const headers = { 'content-type': 'text/plain' };
  expect((await send({ body: toBody(), headers })).status).toBe(200);
});

test("the secret of a workspace's own app is used for its events, and they are the workspace's", async () => {
  await workspace.api.createApp({ name: 'Own', client_key: 'own', client_secret: 'own-secret' });
  const body = toBody({ client_key: 'own' });
  expect((await send({ body })).status).toBe(401);
  expect((await send({ body, secret: 'own-secret' })).status).toBe(200);
  expect(await stored()).toMatchObject([{ workspace_id: workspace.id, account_id: null }]);
});

test('the secret is not in the log', async () => {
  await send({ body: toBody(), secret: 'wrong' });
  expect(world.logged.join('')).not.toContain('emulator-secret');
});
