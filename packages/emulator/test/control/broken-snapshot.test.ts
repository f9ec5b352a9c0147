import { expect, test } from 'vitest';
import { directPost, signIn, VIDEO_INIT } from '../support/client.ts';
import { send, useEmulator } from '../support/tiktok.ts';

const start = useEmulator();
const FAR = 1e300;

/** An emulator that has one of everything. */
async function startFull() {
  const emulator = await start();
  const { control } = emulator;
  await control.putApp('audited', { webhook_url: 'http://127.0.0.1:1/' });
  await control.addFault({ action: { status: 500 }, match: { path: '/v2/none/' } });
  await control.sendWebhook({ client_key: 'audited', event: 'made.up' });
  await expect
    .poll(async () => (await control.listWebhooks()).webhooks[0]?.attempts)
    .toHaveLength(1);
  const client = await signIn(emulator);
  await client.post(VIDEO_INIT, directPost(10));
  await client.post(VIDEO_INIT, {});
  return emulator;
}

/** Sets what a path such as `posts.uploads.0.chunks` leads to. */
function put(root: object, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = root as Record<string, unknown>;
  // Each step of a path of the tables below is an object or a list.
  for (const name of names) at = at[name] as Record<string, unknown>;
  expect(at).toHaveProperty([last]);
  at[last] = value;
}

test.each([
  ['clock.now', FAR],
  ['clock.now', -1],
  ['clock.now', 1.5],
  ['clock.now', 253_402_300_800_000],
  ['clock.events.0.at', FAR],
  ['clock.events.0.kind', 'none'],
  ['posts.posts.0.created_at', FAR],
  ['posts.posts.0.finished_at', -FAR],
  ['posts.posts.0.bytes', -1],
  ['posts.posts.0.id', 0],
  ['posts.last_post_id', 0],
  ['posts.uploads.0.chunks', -5],
  ['posts.uploads.0.chunks', 2],
  ['posts.uploads.0.plan.chunkSize', 0],
  ['posts.uploads.0.expires_at', FAR],
  ['posts.webhooks.last_id', 0],
  ['posts.webhooks.deliveries.0.created_at', FAR],
  ['posts.webhooks.deliveries.0.attempts.0.time', 'soon'],
  ['posts.caps.direct_posts.0.1.0.at', FAR],
  ['posts.last_video_at', FAR],
  ['ledgers.requests.entries.0.at', FAR],
  ['ledgers.requests.last_id', 0],
  ['ledgers.violations.entries.0.time', 'soon'],
  ['ledgers.violations.last_id', 0],
  ['ledgers.faults.last_id', 0],
  ['ledgers.faults.rules.0.times', 0],
  ['ledgers.rate_limits.0.1.0', FAR],
  ['accounts.access_tokens.0.expires_at', -FAR],
  ['accounts.refresh_tokens.0.expires_at', FAR],
  ['accounts.consents.0.granted_at', FAR],
  ['accounts.creators.0.username', 'a b'],
  ['accounts.apps.0.client_key', ''],
])('a snapshot whose %s is %s is refused, and nothing changes', async (path, value) => {
  const emulator = await startFull();
  await emulator.control.moveClock({ frozen: true });
  const before = await emulator.control.getSnapshot();
  const broken = structuredClone(before);
  put(broken.sections, path, value);
  const answer = await send(`${emulator.url}/_emulator/snapshot`, {
    method: 'PUT',
    body: JSON.stringify(broken),
  });
  expect({ status: answer.status, json: answer.json }).toEqual({
    status: 400,
    json: { error: { message: expect.stringContaining(path.split('.')[0] ?? '') } },
  });
  expect(await emulator.control.getSnapshot()).toEqual(before);
});

test('what an emulator saves at the end of its time is taken back', async () => {
  const emulator = await startFull();
  await emulator.control.moveClock({ now: '9999-12-31T23:59:58Z', frozen: true });
  const client = await signIn(emulator);
  expect((await client.post(VIDEO_INIT, directPost(10))).status).toBe(200);
  const saved = await emulator.control.getSnapshot();
  expect(await emulator.control.putSnapshot(saved)).toEqual(saved);
});

test.each([
  { clock: { now: '1969-12-31T23:59:59Z' } },
  { videos: [{ username: 'public_creator', create_time: 253_402_300_800 }] },
])('a seed does not bring what a snapshot could not: %o', async (seed) => {
  await expect(start({ seed })).rejects.toThrow();
});
