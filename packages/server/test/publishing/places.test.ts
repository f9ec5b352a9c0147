import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CAP_WINDOW_MS } from '../../src/publishing/limits/caps.ts';
import { toLimitKeys } from '../../src/publishing/limits/limit-keys.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import {
  addVideo,
  attemptsOf,
  connectCreator,
  type Post,
  type PublishWorld,
  postsAtTikTok,
  publish,
  startPublishing,
  untilState,
} from './support/publish-world.ts';

// What an attempt that comes to nothing does with its place under the caps of the day.

let world: PublishWorld;
let creators = 0;
let account_id: string;
beforeAll(async () => {
  world = await startPublishing();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  creators += 1;
  account_id = await connectCreator(world, `places_${creators}`);
});

const HOUR_MS = 3_600_000;

/** In how many milliseconds each place of the account's posts is free again, the soonest first. */
async function placesOf(): Promise<number[]> {
  const rows = await askAsOwner<{ ms: number }>(
    world.databaseUrl,
    `select extract(epoch from taken_at - app_now())::float8 * 1000 + $2 as ms
      from cap_uses join attempts a on a.id = attempt_id where a.account_id = $1 order by 1`,
    [account_id, CAP_WINDOW_MS],
  );
  return rows.map(({ ms }) => ms);
}

/** Lets so many direct posts of the account count that were made elsewhere. */
async function takeElsewhere(places: number): Promise<void> {
  const [account] = await askAsOwner<{ app_id: string; open_id: string }>(
    world.databaseUrl,
    'select app_id, open_id from accounts where id = $1',
    [account_id],
  );
  const { app, creator } = toLimitKeys(account?.app_id ?? '', account?.open_id ?? '');
  await askAsOwner(
    world.databaseUrl,
    `insert into cap_uses (attempt_id, cap, creator, app, taken_at)
      select gen_random_uuid(), 'posts', $1, $2, app_now() from generate_series(1, $3)`,
    [creator, app, places],
  );
}

async function draft(): Promise<Post> {
  const media = [{ media_id: (await addVideo(world)).id }];
  return publish(world, { account_id, post_mode: 'MEDIA_UPLOAD', media });
}

/** A post of several chunks whose second one TikTok keeps waiting for. */
async function uploading(action: { delay_ms: number } | { status: number; code: string }) {
  const media = [{ media_id: (await addVideo(world, 90_000_000)).id }];
  await world.tiktok.control.addFault({
    match: { method: 'PUT', path: '/upload*' },
    action,
    times: 1,
  });
  return publish(world, { account_id, media });
}

test('drafts whose init got no answer count until TikTok gives them up, within the hour', async () => {
  await world.tiktok.control.addFault({
    match: { path: '/v2/post/publish/inbox/video/init/' },
    action: { status: 503, code: 'internal_error' },
    times: 3,
  });
  const first = await draft();
  await untilState(world, first.id, 'in_inbox');
  expect(await attemptsOf(world, first.id)).toHaveLength(4);
  await untilState(world, (await draft()).id, 'in_inbox');
  const third = await draft();
  await expect
    .poll(async () => (await world.api.getPost({ id: third.id })).wait?.code)
    .toBe('cap_pending_shares');
  const { until } = (await world.api.getPost({ id: third.id })).wait ?? {};
  const [soonest = 0, , thirdSoonest = 0, fourth = 0] = await placesOf();
  expect(Date.parse(until ?? '') - Date.now()).toBeLessThan(1.1 * HOUR_MS);
  expect(soonest).toBeGreaterThan(HOUR_MS);
  expect(thirdSoonest).toBeLessThan(1.1 * HOUR_MS);
  expect(fourth).toBeGreaterThan(23 * HOUR_MS);
  await world.test.moveClocks(62 * 60);
  await untilState(world, third.id, 'in_inbox');
  expect(await refusals()).toEqual([]);
});

test('an init that got no answer at the last place: the post waits, and TikTok is not asked', async () => {
  await world.tiktok.control.patchSettings({ daily_post_cap: 1 });
  await takeElsewhere(14);
  await world.tiktok.control.addFault({
    match: { path: '/v2/post/publish/video/init/' },
    action: { drop: 'after' },
    times: 1,
  });
  const media = [{ media_id: (await addVideo(world)).id }];
  const { id } = await publish(world, { account_id, media });
  await expect
    .poll(async () => {
      const { reason, state, wait } = await world.api.getPost({ id });
      return `${state} ${wait?.code ?? reason?.code}`;
    })
    .toBe('queued cap_posts');
  expect(await attemptsOf(world, id)).toMatchObject([{ outcome: 'init_unclear' }]);
  await world.test.moveClocks(62 * 60);
  await untilState(world, id, 'published');
  expect(
    (await postsAtTikTok(world)).filter((post) => post.username === `places_${creators}`),
  ).toMatchObject([{ status: 'FAILED' }, { status: 'PUBLISH_COMPLETE' }]);
  expect(await refusals()).toEqual([]);
  await world.tiktok.control.patchSettings({ daily_post_cap: 15 });
});

test('a post that is canceled while it is uploaded counts until TikTok gives it up', async () => {
  const { id } = await uploading({ delay_ms: 3_000 });
  await expect.poll(async () => (await world.api.getPost({ id })).phase).toBe('transfer');
  await world.api.cancelPost({ id });
  const [place = 0, ...others] = await placesOf();
  expect(others).toEqual([]);
  expect(place).toBeGreaterThan(HOUR_MS);
  expect(place).toBeLessThan(1.1 * HOUR_MS);
});

test('so does one whose bytes TikTok refuses', async () => {
  const { id } = await uploading({ status: 400, code: 'invalid_param' });
  await untilState(world, id, 'failed');
  const [place = 0, ...others] = await placesOf();
  expect(others).toEqual([]);
  expect(place).toBeGreaterThan(HOUR_MS);
  expect(place).toBeLessThan(1.1 * HOUR_MS);
});

test('one whose init is refused does not count, nor is its answer waited for', async () => {
  await world.tiktok.control.addFault({
    match: { path: '/v2/post/publish/video/init/' },
    action: { status: 400, code: 'invalid_param' },
    times: 1,
  });
  const media = [{ media_id: (await addVideo(world)).id }];
  const { id } = await publish(world, { account_id, media });
  await untilState(world, id, 'failed');
  expect(await placesOf()).toEqual([]);
  const lost = await askAsOwner(
    world.databaseUrl,
    'select id from attempts where post_id = $1 and init_sent_at is not null',
    [id],
  );
  expect(lost).toEqual([]);
});

test('a place counts from the init, however long its attempt has waited by then', async () => {
  await world.tiktok.control.addFault({
    match: { path: '/v2/post/publish/creator_info/query/' },
    action: { delay_ms: 3_000 },
    times: 1,
  });
  const media = [{ media_id: (await addVideo(world)).id }];
  const { id } = await publish(world, { account_id, media });
  await expect.poll(() => placesOf(), { timeout: 10_000 }).toHaveLength(1);
  await world.test.moveClocks(2 * 3_600);
  await untilState(world, id, 'published');
  const [place = 0] = await placesOf();
  expect(place).toBeGreaterThan(CAP_WINDOW_MS - 60_000);
});

/** What TikTok refused of this test's creator because of a cap or a limit. */
async function refusals(): Promise<string[]> {
  const { requests } = await world.tiktok.control.listRequests();
  return requests
    .filter((request) => request.creator === `places_${creators}`)
    .map((request) => request.code ?? '')
    .filter((code) => /^(spam_risk|rate_limit|reached_)/.test(code));
}
