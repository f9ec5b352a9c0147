import { createHmac } from 'node:crypto';
import { createClient } from '@greenroom/contract';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { moveClock } from '../../../src/db/clock.ts';
import { fanOutEvents } from '../../../src/webhooks/out/fan-out.ts';
import { WebhookSender } from '../../../src/webhooks/out/webhook-sender.ts';
import { happen } from '../../events/support/listen.ts';
import { eventsSettled } from '../../events/support/settled.ts';
import { type HttpServer, startHttpServer } from '../../http/support/http-server.ts';
import {
  type ReceivedMessage,
  type Receiver,
  startReceiver,
  withStatus,
} from './support/receiver.ts';

let server: HttpServer;
let receiver: Receiver;
let workspaceId: string;
let api: HttpServer['api'];
let apiKey: string;
beforeAll(async () => {
  server = await startHttpServer({ env: { GREENROOM_WEBHOOK_PRIVATE_ADDRESSES: '127.0.0.1' } });
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  workspaceId = await server.addWorkspace();
  apiKey = await server.addKey(workspaceId);
  api = createClient({ baseUrl: server.url, apiKey });
  receiver = await startReceiver();
  return () => receiver[Symbol.asyncDispose]();
});

const signal = new AbortController().signal;

async function fanOut(): Promise<void> {
  await eventsSettled(server.rows);
  await fanOutEvents(server.services, signal);
}

/** One round of the sweeps, to its end. */
async function deliver(sender: WebhookSender = server.services.webhookSender): Promise<void> {
  await fanOut();
  await sender.run(signal);
  await sender.settle();
}

function senderWith(options: { readonly timeoutMs?: number } = {}): WebhookSender {
  const { clock, database, log, metrics, vault } = server.services;
  const privateAddresses = ['127.0.0.1'];
  return new WebhookSender({ clock, database, log, metrics, vault, privateAddresses, ...options });
}

/** What a receiver of our own making would compute, without the library. */
function signatureOf({ body, headers }: ReceivedMessage, secret: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}

async function deliveriesOf(endpointId: string) {
  return (await api.listWebhookDeliveries({ id: endpointId })).items;
}

test('an event is delivered once, signed in the form of Standard Webhooks', async () => {
  const { id, secret } = await api.createWebhookEndpoint({ url: receiver.url });
  const mediaId = await happen(server.services.database, workspaceId);
  await happen(server.services.database, await server.addWorkspace());
  await deliver();
  await deliver();
  expect(receiver.received).toHaveLength(1);
  const [message] = receiver.received;
  if (message === undefined || secret === null) throw new Error('nothing came');
  expect(JSON.parse(message.body)).toEqual({
    type: 'media.ready',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    data: {
      id: expect.stringMatching(/^\d+$/),
      post_id: null,
      account_id: null,
      attempt_id: null,
      details: { media_id: mediaId },
    },
  });
  expect(message.headers['content-type']).toBe('application/json');
  expect(message.headers['webhook-signature']).toBe(signatureOf(message, secret));
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
  );
  expect(new Webhook(secret).verify(message.body, headers)).toMatchObject({ type: 'media.ready' });
  expect(await deliveriesOf(id)).toMatchObject([
    {
      state: 'delivered',
      attempts: 1,
      last_status: 200,
      message_id: headers['webhook-id'],
      next_try_at: null,
    },
  ]);
});

test('an endpoint gets the types that it wants, and what happens after it was made', async () => {
  await happen(server.services.database, workspaceId);
  await api.createWebhookEndpoint({ url: receiver.url, event_types: ['media.refused'] });
  await happen(server.services.database, workspaceId);
  await deliver();
  expect(receiver.received).toEqual([]);
});

test('a failure is tried again after a while, with the same id and body', async () => {
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  await happen(server.services.database, workspaceId);
  receiver.answerWith(withStatus(500));
  await deliver();
  await deliver();
  expect(receiver.received).toHaveLength(1);
  expect(await deliveriesOf(id)).toMatchObject([
    { state: 'pending', attempts: 1, last_status: 500 },
  ]);
  receiver.answerWith(withStatus(204));
  await moveClock(server.services.database, 6);
  await deliver();
  expect(receiver.received).toHaveLength(2);
  const [first, second] = receiver.received;
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(await deliveriesOf(id)).toMatchObject([{ state: 'delivered', attempts: 2 }]);
});

test('after three days of failures the endpoint is disabled, with an alert that ends when it is enabled', async () => {
  const { database } = server.services;
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  receiver.answerWith(withStatus(503));
  await happen(database, workspaceId);
  const startedAt = server.services.clock.now().getTime();
  for (let tries = 1; tries < 10; tries += 1) {
    await deliver();
    expect(receiver.received).toHaveLength(tries);
    const [delivery] = await deliveriesOf(id);
    const waitMs = Date.parse(delivery?.next_try_at ?? '') - server.services.clock.now().getTime();
    await moveClock(database, waitMs / 1000 + 1);
  }
  expect((await api.getWebhookEndpoint({ id })).is_enabled).toBe(true);
  await deliver();
  expect(receiver.received).toHaveLength(10);
  const days = (server.services.clock.now().getTime() - startedAt) / 86_400_000;
  expect(days).toBeGreaterThan(2.7);
  expect(days).toBeLessThan(3.6);
  expect(await deliveriesOf(id)).toMatchObject([{ state: 'failed', attempts: 10 }]);
  expect(await api.getWebhookEndpoint({ id })).toMatchObject({
    is_enabled: false,
    disabled_reason: 'failing',
  });
  expect((await api.listAlerts({})).items).toMatchObject([{ kind: 'webhook_failing' }]);
  await happen(database, workspaceId);
  await deliver();
  expect(receiver.received).toHaveLength(10);
  receiver.answerWith(withStatus(200));
  await api.updateWebhookEndpoint({ id, is_enabled: true });
  expect((await api.listAlerts({})).items).toEqual([]);
  const after = await happen(database, workspaceId);
  await deliver();
  // What happened while it was disabled was not asked for.
  const sent = receiver.received.slice(10).map(({ body }) => JSON.parse(body));
  expect(sent.map(({ type }) => type)).toContain('alert.resolved');
  expect(sent.filter(({ type }) => type === 'media.ready')).toMatchObject([
    { data: { details: { media_id: after } } },
  ]);
});

test('one poisoned event does not disable an endpoint that takes the others', async () => {
  const { database } = server.services;
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  const poisoned = await happen(database, workspaceId);
  receiver.answerWith((response, { body }) =>
    response.writeHead(body.includes(poisoned) ? 500 : 200).end(),
  );
  for (let tries = 0; tries < 10; tries += 1) {
    await happen(database, workspaceId);
    await deliver();
    await moveClock(database, 100_000);
  }
  const { items } = await api.listWebhookDeliveries({ id, state: 'failed' });
  expect(items).toHaveLength(1);
  expect((await api.getWebhookEndpoint({ id })).is_enabled).toBe(true);
});

test('410 disables at once: the receiver wants no more', async () => {
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  receiver.answerWith(withStatus(410));
  await happen(server.services.database, workspaceId);
  await deliver();
  expect(await api.getWebhookEndpoint({ id })).toMatchObject({
    is_enabled: false,
    disabled_reason: 'gone',
  });
});

test('while secrets overlap, events carry both signatures; then the new one alone', async () => {
  const { database } = server.services;
  const { id, secret: old } = await api.createWebhookEndpoint({ url: receiver.url });
  const { secret, previous_secret_until: until } = await api.rotateWebhookSecret({
    id,
    overlap_hours: 2,
  });
  expect(until).not.toBeNull();
  await happen(database, workspaceId);
  await deliver();
  await moveClock(database, 2 * 3600 + 1);
  await happen(database, workspaceId);
  await deliver();
  const signatures = receiver.received.map(({ headers }) =>
    String(headers['webhook-signature']).split(' '),
  );
  const [both, alone] = receiver.received.map((message) => [
    signatureOf(message, secret ?? ''),
    signatureOf(message, old ?? ''),
  ]);
  expect(signatures).toEqual([both, alone?.slice(0, 1)]);
});

test('a secret is shown once: not by a replay, not by a list, not in the database', async () => {
  const call = { idempotencyKey: 'one-endpoint' };
  const made = await api.createWebhookEndpoint({ url: receiver.url }, call);
  const again = await api.createWebhookEndpoint({ url: receiver.url }, call);
  expect(again).toEqual({ ...made, secret: null });
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(JSON.stringify(await api.listWebhookEndpoints({}))).not.toContain('whsec_');
  const rows = await server.rows<{ sealed: string }>(
    "select encode(secret_sealed, 'escape') as sealed from webhook_endpoints where id = $1",
    [made.id],
  );
  expect(rows[0]?.sealed).not.toContain(made.secret?.slice(6, 20));
  expect(server.logged.join('')).not.toContain(made.secret?.slice(6, 20));
});

test('one delivery, and all since an instant, can be sent again', async () => {
  const { database } = server.services;
  const before = server.services.clock.now().toISOString();
  await happen(database, workspaceId);
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  await happen(database, workspaceId);
  await deliver();
  expect(receiver.received).toHaveLength(1);
  const [delivery] = await deliveriesOf(id);
  expect(await api.replayWebhookDelivery({ id: delivery?.id ?? '' })).toMatchObject({
    state: 'pending',
    delivered_at: null,
  });
  await deliver();
  expect(receiver.received).toHaveLength(2);
  expect(receiver.received[1]?.headers['webhook-id']).toBe(
    receiver.received[0]?.headers['webhook-id'],
  );
  // The one from before the endpoint was made, too.
  const replayed = await api.replayWebhookEndpoint({ id, since: before });
  expect(replayed).toEqual({ deliveries: 2, next_since: null });
  await deliver();
  expect(receiver.received).toHaveLength(4);
});

test('a long time is sent again in portions', async () => {
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  // The last 100 happened in one transaction: they are not torn apart.
  await server.rows(
    `insert into events (workspace_id, type, at)
     select $1, 'media.ready', app_now() - interval '1 day' + least(n, 9950) * interval '1 ms'
     from generate_series(1, 10050) n`,
    [workspaceId],
  );
  await happen(server.services.database, workspaceId);
  await eventsSettled(server.rows);
  while (await fanOutEvents(server.services, signal));
  const since = '2026-01-01T00:00:00Z';
  const first = await api.replayWebhookEndpoint({ id, since });
  expect(first).toEqual({ deliveries: 10_050, next_since: expect.any(String) });
  const second = await api.replayWebhookEndpoint({ id, since: first.next_since ?? '' });
  expect(second).toEqual({ deliveries: 1, next_since: null });
  await api.deleteWebhookEndpoint({ id });
});

test('a secret that cannot be opened for a while costs a delivery no try', async () => {
  const { database } = server.services;
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  const [row] = await server.rows<{ sealed: Buffer }>(
    'select secret_sealed as sealed from webhook_endpoints where id = $1',
    [id],
  );
  const seal = (sealed: Buffer | undefined) =>
    server.rows('update webhook_endpoints set secret_sealed = $2 where id = $1', [id, sealed]);
  await seal(Buffer.alloc(100, 1));
  await happen(database, workspaceId);
  for (let round = 0; round < 11; round += 1) {
    await deliver();
    await moveClock(database, 61);
  }
  expect(await deliveriesOf(id)).toMatchObject([
    { state: 'pending', attempts: 0, last_error: 'internal' },
  ]);
  await seal(row?.sealed);
  await deliver();
  expect(await deliveriesOf(id)).toMatchObject([
    { state: 'delivered', attempts: 1, last_error: null },
  ]);
});

test('a workspace whose deliveries cannot be made keeps no other from its own', async () => {
  const { database } = server.services;
  const bad = await server.addWorkspace();
  const its = createClient({ baseUrl: server.url, apiKey: await server.addKey(bad) });
  await its.createWebhookEndpoint({ url: receiver.url });
  await api.createWebhookEndpoint({ url: receiver.url });
  const withBad = 'alter table webhook_deliveries';
  await server.rows(`${withBad} add constraint bad check (workspace_id <> '${bad}') not valid`);
  const spoiled = await happen(database, bad);
  const mediaId = await happen(database, workspaceId);
  const told = () => receiver.received.map(({ body }) => JSON.parse(body).data.details.media_id);
  await deliver();
  expect(told()).toEqual([mediaId]);
  await server.rows(`${withBad} drop constraint bad`);
  await deliver();
  expect(told()).toEqual([mediaId, spoiled]);
});

test('a test event goes to the endpoint that it was asked for, and nowhere else', async () => {
  await using other = await startReceiver();
  await api.createWebhookEndpoint({ url: other.url });
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  const delivery = await api.testWebhookEndpoint({ id });
  expect(delivery).toMatchObject({ type: 'webhook.test', state: 'pending' });
  await deliver();
  expect(receiver.received.map(({ body }) => JSON.parse(body).type)).toEqual(['webhook.test']);
  expect(other.received).toEqual([]);
});

test('several processes deliver each event once', async () => {
  const { database } = server.services;
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  for (let count = 0; count < 60; count += 1) await happen(database, workspaceId);
  const senders = Array.from({ length: 4 }, () => senderWith());
  await Promise.all(senders.map((sender) => deliver(sender)));
  await Promise.all(senders.map((sender) => deliver(sender)));
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  expect(ids).toHaveLength(60);
  expect(new Set(ids).size).toBe(60);
  const { items } = await api.listWebhookDeliveries({ id, state: 'pending' });
  expect(items).toEqual([]);
});

test('a receiver that hangs keeps no other from its events, and is cut off', async () => {
  const { database } = server.services;
  await using other = await startReceiver();
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  receiver.answerWith(() => undefined);
  await api.createWebhookEndpoint({ url: other.url });
  for (let count = 0; count < 20; count += 1) await happen(database, workspaceId);
  await fanOut();
  const sender = senderWith({ timeoutMs: 1_500 });
  const running = sender.run(signal);
  await expect.poll(() => other.received.length, { timeout: 1_400 }).toBe(20);
  expect(receiver.received.length).toBe(4);
  await sender.close();
  await running;
  const errors = (await deliveriesOf(id)).map((delivery) => delivery.last_error);
  // Those under way were handed back by the stop, or ran out of time.
  expect(errors.every((error) => error === null || error === 'timed_out')).toBe(true);
  const hanging = senderWith({ timeoutMs: 300 });
  await deliver(hanging);
  expect((await deliveriesOf(id)).map((delivery) => delivery.last_error)).toContain('timed_out');
});

test('what is under way when the process stops is handed back, and counts as no try', async () => {
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  receiver.answerWith(() => undefined);
  await happen(server.services.database, workspaceId);
  await fanOut();
  const sender = senderWith();
  const running = sender.run(signal);
  await expect.poll(() => receiver.received.length).toBe(1);
  await sender.close();
  await running;
  expect(await deliveriesOf(id)).toMatchObject([{ state: 'pending', attempts: 0 }]);
  receiver.answerWith(withStatus(200));
  await deliver();
  expect(await deliveriesOf(id)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
});

describe('is never led elsewhere', () => {
  test('a redirect is not followed', async () => {
    await using inside = await startReceiver();
    const { id } = await api.createWebhookEndpoint({ url: receiver.url });
    receiver.answerWith(withStatus(302, { location: inside.url }));
    await happen(server.services.database, workspaceId);
    await deliver();
    expect(inside.received).toEqual([]);
    expect(await deliveriesOf(id)).toMatchObject([{ state: 'pending', last_status: 302 }]);
  });

  test.each([
    ['http://example.com/hook', undefined],
    ['https://user:secret@example.com/hook', 'user'],
    ['https://10.0.0.1/hook', 'private'],
    ['https://[::1]/hook', 'private'],
    ['https://[::ffff:10.0.0.1]/hook', 'private'],
    ['https://169.254.169.254/latest/meta-data', 'private'],
    ['https://2130706434/hook', 'private'],
  ])('%s', async (url, why) => {
    const call = api.createWebhookEndpoint({ url });
    // By http nothing goes to a public address, but that its name has one is known when it is sent only.
    if (why === undefined) await expect(call).resolves.toMatchObject({ url });
    else await expect(call).rejects.toMatchObject({ code: 'invalid-request' });
  });
});

test('refuses who may not manage webhooks, and shows nothing of another workspace', async () => {
  const { id } = await api.createWebhookEndpoint({ url: receiver.url });
  const { id: deliveryId } = await api.testWebhookEndpoint({ id });
  const reader = createClient({
    baseUrl: server.url,
    apiKey: await server.addKey(workspaceId, ['posts:read', 'activity:read']),
  });
  await expect(reader.listWebhookEndpoints({})).rejects.toMatchObject({ code: 'forbidden' });
  const stranger = createClient({
    baseUrl: server.url,
    apiKey: await server.addKey(await server.addWorkspace()),
  });
  expect((await stranger.listWebhookEndpoints({})).items).toEqual([]);
  const calls = await Promise.allSettled([
    stranger.getWebhookEndpoint({ id }),
    stranger.updateWebhookEndpoint({ id, is_enabled: false }),
    stranger.deleteWebhookEndpoint({ id }),
    stranger.rotateWebhookSecret({ id }),
    stranger.testWebhookEndpoint({ id }),
    stranger.replayWebhookEndpoint({ id, since: '2026-01-01T00:00:00Z' }),
    stranger.listWebhookDeliveries({ id }),
    stranger.replayWebhookDelivery({ id: deliveryId }),
  ]);
  for (const call of calls) {
    expect(call).toMatchObject({ status: 'rejected', reason: { code: 'not-found' } });
  }
  expect((await api.getWebhookEndpoint({ id })).is_enabled).toBe(true);
});

test('a workspace has twenty endpoints at most', async () => {
  const calls = Array.from({ length: 24 }, () => api.createWebhookEndpoint({ url: receiver.url }));
  const made = (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled');
  expect(made).toHaveLength(20);
  await expect(api.createWebhookEndpoint({ url: receiver.url })).rejects.toMatchObject({
    code: 'conflict',
  });
});
