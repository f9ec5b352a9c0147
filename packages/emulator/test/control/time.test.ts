import { expect, test } from 'vitest';
import { directPost, signIn, uploadVideo, VIDEO_INIT } from '../support/client.ts';
import { startServer } from '../support/file-server.ts';
import { useEmulator } from '../support/tiktok.ts';

const start = useEmulator();
const event = { client_key: 'audited', event: 'made.up' };

test('a move of the clock waits for the delivery that is under way', async () => {
  let answer = (): void => undefined;
  await using receiver = await startServer((_request, response) => {
    answer = () => response.writeHead(500).end();
    if (receiver.requests.length > 1) answer();
  });
  const { control } = await start();
  await control.putApp('audited', { webhook_url: receiver.url });
  await control.sendWebhook(event);
  await expect.poll(() => receiver.requests.length).toBe(1);
  const moved = control.moveClock({ advance_seconds: 73 * 3600 });
  // Once this is answered, the move has begun.
  await control.getState();
  answer();
  await moved;
  const { webhooks } = await control.listWebhooks();
  expect(webhooks[0]).toMatchObject({ state: 'dropped' });
  expect(webhooks[0]?.attempts.length).toBeGreaterThan(8);
});

test.each(['reset', 'restore'] as const)('a %s ends the moves of the clock', async (what) => {
  await using receiver = await startServer((_request, response) => {
    if (receiver.requests.length === 1) response.writeHead(500).end();
  });
  const { control } = await start();
  const snapshot = await control.getSnapshot();
  const before = Date.now();
  await control.putApp('audited', { webhook_url: receiver.url });
  await control.sendWebhook(event);
  await expect
    .poll(async () => (await control.listWebhooks()).webhooks[0]?.attempts)
    .toHaveLength(1);
  const moves = [
    control.moveClock({ advance_seconds: 3600, frozen: true }),
    control.moveClock({ advance_seconds: 3600 }),
  ];
  await expect.poll(() => receiver.requests.length).toBe(2);
  if (what === 'reset') await control.reset();
  else await control.putSnapshot(snapshot);
  // The receiver never answers, so the first move is still waiting for its delivery.
  expect(await control.moveClock({ advance_seconds: 60 })).toMatchObject({ frozen: false });
  await receiver[Symbol.asyncDispose]();
  await Promise.all(moves);
  const { clock } = await control.getState();
  const passed = Date.parse(clock.now) - before;
  expect(clock.frozen).toBe(false);
  expect(passed).toBeGreaterThan(30_000);
  expect(passed).toBeLessThan(1_800_000);
});

test('instants are whole milliseconds, whatever the clock is moved by', async () => {
  const emulator = await start({
    settings: { processing_seconds: 0.0007, moderation_seconds: 0.0003 },
  });
  const { control } = emulator;
  await control.moveClock({ frozen: true });
  await control.moveClock({ advance_seconds: 0.0015 });
  const client = await signIn(emulator);
  await uploadVideo(client);
  await control.moveClock({ advance_seconds: 1.0004 });
  const list = await client.post('/v2/video/list/?fields=id,create_time', {});
  expect(list.text).toMatch(/"cursor":\d{13}[,}]/);
  const { sections } = await control.getSnapshot();
  expect(sections['clock']).toMatchObject({ now: expect.toSatisfy(Number.isInteger) });
  expect(JSON.stringify(sections)).not.toMatch(/"(at|created_at|expires_at)":\d+\.\d/);
});

test('an idle that the end of the emulator cuts says so', async () => {
  const emulator = await start({ settings: { processing_seconds: 3600 } });
  const client = await signIn(emulator);
  expect((await client.post(VIDEO_INIT, directPost(10))).status).toBe(200);
  await uploadVideo(client);
  const idle = emulator.control.waitIdle().then(
    () => 'idle',
    (error: Error) => error.message,
  );
  await emulator.control.getState();
  await emulator.close();
  expect(await idle).toContain('The emulator was closed');
});
