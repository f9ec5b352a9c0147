import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inWorkspace, type Transaction } from '../../src/db/database.ts';
import type { CapAnswer } from '../../src/publishing/limits/ledger.ts';
import { sweepLimits } from '../../src/publishing/limits/sweep-limits.ts';
import { connect } from '../accounts/support/connect.ts';
import { startWorld, type TestWorkspace, type World } from '../accounts/support/world.ts';

let world: World;
let workspace: TestWorkspace;
let appId: string;
let creators = 0;
let apps = 0;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  workspace = await world.addWorkspace();
  apps += 1;
  const client_key = `limits-${apps}`;
  const scopes = ['user.info.basic', 'user.info.profile', 'video.publish', 'video.upload'];
  await world.tiktok.control.putApp(client_key, {
    client_secret: 'secret',
    scopes,
    redirect_uris: ['http://127.0.0.1:*/*'],
  });
  appId = (await workspace.api.createApp({ name: 'Ours', client_key, client_secret: 'secret' })).id;
});

const SCOPES = ['user.info.basic', 'user.info.profile', 'video.publish', 'video.upload'];

async function addAccount(): Promise<string> {
  creators += 1;
  const username = `limits.${creators}`;
  await world.tiktok.control.putCreator(username);
  const request = { app_id: appId, scopes: SCOPES };
  return (await connect(world, workspace, { username }, request)).id;
}

const within = <T>(work: (tx: Transaction) => Promise<T>) =>
  inWorkspace(world.services.database, workspace.id, work);

function take(
  accountId: string,
  postMode: 'DIRECT_POST' | 'MEDIA_UPLOAD' = 'DIRECT_POST',
  attemptId: string = randomUUID(),
): Promise<CapAnswer> {
  return within((tx) => world.services.ledger.takeCaps(tx, { attemptId, accountId, postMode }));
}

const taken = (answers: readonly CapAnswer[]) => answers.filter(({ ok }) => ok).length;
const now = () => world.services.clock.now().getTime();
const DAY = 86_400;

test('fifteen posts and five drafts a day, each on its own', async () => {
  const id = await addAccount();
  const posts = await Promise.all(Array.from({ length: 17 }, () => take(id)));
  expect(taken(posts)).toBe(15);
  expect(posts.find(({ ok }) => !ok)).toMatchObject({ cap: 'posts', isLearned: false });
  const drafts = await Promise.all(Array.from({ length: 7 }, () => take(id, 'MEDIA_UPLOAD')));
  expect(taken(drafts)).toBe(5);
  const refused = drafts.find(({ ok }) => !ok);
  if (refused?.ok !== false) throw new Error('Two of seven are refused');
  expect(refused.cap).toBe('pending_shares');
  expect(refused.freeAt.getTime() - now()).toBeGreaterThan((DAY + 30) * 1000);
  await world.moveClocks(DAY + 61);
  expect(taken(await Promise.all([take(id), take(id, 'MEDIA_UPLOAD')]))).toBe(2);
});

test('an attempt has one place however often it asks, and gives it back once', async () => {
  const id = await addAccount();
  const attemptId = randomUUID();
  for (let asked = 0; asked < 5; asked += 1) {
    expect(await take(id, 'MEDIA_UPLOAD', attemptId)).toEqual({ ok: true });
  }
  for (let more = 0; more < 4; more += 1) await take(id, 'MEDIA_UPLOAD');
  expect(await take(id, 'MEDIA_UPLOAD')).toMatchObject({ ok: false });
  await within((tx) => world.services.ledger.giveBackCaps(tx, attemptId));
  await within((tx) => world.services.ledger.giveBackCaps(tx, attemptId));
  expect(await take(id, 'MEDIA_UPLOAD')).toEqual({ ok: true });
  expect(await take(id, 'MEDIA_UPLOAD')).toMatchObject({ ok: false });
});

test('a transaction that is rolled back has taken nothing', async () => {
  const id = await addAccount();
  for (let times = 0; times < 20; times += 1) {
    const rollingBack = within(async (tx) => {
      const request = { attemptId: randomUUID(), accountId: id, postMode: 'DIRECT_POST' } as const;
      await world.services.ledger.takeCaps(tx, request);
      throw new Error('roll back');
    });
    await expect(rollingBack).rejects.toThrow('roll back');
  }
  expect(await take(id)).toEqual({ ok: true });
});

test('an unaudited app has five users a day, all asking at once; its users go on, and drafts are free', async () => {
  await workspace.api.updateApp({ id: appId, is_audited: false });
  const ids: string[] = [];
  for (let made = 0; made < 8; made += 1) ids.push(await addAccount());
  const answers = await Promise.all(ids.map((id) => take(id)));
  expect(taken(answers)).toBe(5);
  expect(answers.find(({ ok }) => !ok)).toMatchObject({ cap: 'users', isLearned: false });
  const user = ids[answers.findIndex(({ ok }) => ok)] ?? '';
  const other = ids[answers.findIndex(({ ok }) => !ok)] ?? '';
  expect(await take(user)).toEqual({ ok: true });
  expect(await take(other, 'MEDIA_UPLOAD')).toEqual({ ok: true });
  await workspace.api.updateApp({ id: appId, daily_users: 6 });
  expect(await take(other)).toEqual({ ok: true });
});

test('an app of which nobody has said how many users it may have is taught by a refusal', async () => {
  const [first, second, third] = [await addAccount(), await addAccount(), await addAccount()];
  expect(taken([await take(first), await take(second)])).toBe(2);
  const earliest = await within((tx) =>
    world.services.ledger.learn(tx, third, 'reached_active_user_cap'),
  );
  expect(await take(third)).toEqual({ ok: false, cap: 'users', freeAt: earliest, isLearned: true });
  expect(await take(first)).toEqual({ ok: true });
});

test('a refusal for the day teaches how many there were, for this creator only', async () => {
  const [id, other] = [await addAccount(), await addAccount()];
  for (let posted = 0; posted < 3; posted += 1) await take(id);
  const refused = randomUUID();
  await take(id, 'DIRECT_POST', refused);
  const earliest = await within(async (tx) => {
    await world.services.ledger.giveBackCaps(tx, refused);
    return world.services.ledger.learn(tx, id, 'spam_risk_too_many_posts');
  });
  expect(await take(id)).toEqual({ ok: false, cap: 'posts', freeAt: earliest, isLearned: true });
  expect(await take(other)).toEqual({ ok: true });
  await world.moveClocks(DAY + 62);
  // It held for a day; TikTok may be asked for more again, and says no again: now it holds for a week.
  for (let posted = 0; posted < 4; posted += 1) expect(await take(id)).toEqual({ ok: true });
  await within((tx) => world.services.ledger.learn(tx, id, 'spam_risk_too_many_posts'));
  await world.moveClocks(DAY + 62);
  for (let posted = 0; posted < 4; posted += 1) expect(await take(id)).toEqual({ ok: true });
  expect(await take(id)).toMatchObject({ ok: false, isLearned: true });
});

test('what no cap knows teaches nothing', async () => {
  const id = await addAccount();
  const learn = (code: string) => within((tx) => world.services.ledger.learn(tx, id, code));
  expect(await learn('spam_risk_user_banned_from_posting')).toBeNull();
  expect(await take(id)).toEqual({ ok: true });
});

test('a 429 that others caused fills the window for all processes', async () => {
  const id = await addAccount();
  const { ledger } = world.services;
  const until = await within((tx) =>
    ledger.learn(tx, id, 'rate_limit_exceeded', { endpoint: 'video/init', retryAfterMs: 40_000 }),
  );
  expect((until?.getTime() ?? 0) - now()).toBeGreaterThan(38_000);
  expect(await within((tx) => ledger.nextFree(tx, id, 'video/init'))).toEqual(until);
  const photos = await within((tx) => ledger.nextFree(tx, id, 'content/init'));
  expect(photos.getTime()).toBeLessThanOrEqual(now() + 100);
});

test('limits belong to the account at TikTok: they go with it into another workspace', async () => {
  const request = { app_id: (await workspace.api.listApps()).items[1]?.id, scopes: SCOPES };
  await world.tiktok.control.putCreator('mover');
  const first = await connect(world, workspace, { username: 'mover' }, request);
  for (let posted = 0; posted < 15; posted += 1) expect(await take(first.id)).toEqual({ ok: true });
  await workspace.api.disconnectAccount({ id: first.id });
  workspace = await world.addWorkspace();
  const second = await connect(world, workspace, { username: 'mover' }, request);
  expect(second.id).not.toBe(first.id);
  expect(await take(second.id)).toMatchObject({ ok: false, cap: 'posts' });
});

test('what no cap counts any more is swept', async () => {
  const id = await addAccount();
  await take(id);
  await within((tx) => world.services.ledger.learn(tx, id, 'spam_risk_too_many_posts'));
  await world.moveClocks(9 * DAY);
  await take(id);
  expect(await sweepLimits(world.services.database, { limit: 1_000 })).toBe(false);
  expect(await world.rows('select attempt_id from cap_uses')).toHaveLength(1);
  expect(await world.rows('select cap from learned_caps')).toEqual([]);
});
