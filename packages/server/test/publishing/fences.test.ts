import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addFile,
  addVideo,
  attemptsOf,
  connectCreator,
  type PublishWorld,
  postsAtTikTok,
  publish,
  startPublishing,
  untilState,
} from './support/publish-world.ts';

// What the fences of design 4.2 decide when an answer is lost: nothing is posted twice, nothing is lost.

const VIDEO_INIT = '/v2/post/publish/video/init/';
const PHOTO_INIT = '/v2/post/publish/content/init/';

let world: PublishWorld;
beforeAll(async () => {
  world = await startPublishing();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

let creators = 0;
async function newCreator() {
  creators += 1;
  const username = `fence_${creators}`;
  return { username, account_id: await connectCreator(world, username) };
}

/** The posts that TikTok completed for a creator. */
async function completed(username: string) {
  const posts = await postsAtTikTok(world);
  return posts.filter((post) => post.username === username && post.status === 'PUBLISH_COMPLETE');
}

test.each([
  { what: 'cut before TikTok acted', action: { drop: 'before' as const } },
  { what: 'cut after TikTok acted', action: { drop: 'after' as const } },
  { what: 'a 5xx', action: { status: 500, code: 'internal_error' } },
])('an upload whose init answer was lost ($what) is begun anew', async ({ action }) => {
  const { account_id, username } = await newCreator();
  await world.tiktok.control.addFault({ match: { path: VIDEO_INIT }, action, times: 1 });
  const media = [{ media_id: (await addVideo(world)).id }];
  const { id } = await publish(world, { account_id, media });
  await untilState(world, id, 'published');
  expect(await attemptsOf(world, id)).toMatchObject([
    { number: 1, outcome: 'init_unclear' },
    { number: 2, outcome: 'accepted' },
  ]);
  expect(await completed(username)).toHaveLength(1);
});

test('photos whose init never reached TikTok are begun anew: nobody had fetched them', async () => {
  const { account_id, username } = await newCreator();
  const action = { drop: 'before' } as const;
  await world.tiktok.control.addFault({ match: { path: PHOTO_INIT }, action, times: 1 });
  const media = [{ media_id: (await addFile(world)).id }];
  const { id } = await publish(world, {
    account_id,
    media_type: 'PHOTO',
    media,
  });
  await untilState(world, id, 'published');
  expect(await attemptsOf(world, id)).toMatchObject([
    { number: 1, outcome: 'init_unclear' },
    { number: 2, outcome: 'accepted' },
  ]);
  expect(await completed(username)).toHaveLength(1);
});

test('photos whose init TikTok took, its answer lost, are posted once', async () => {
  const { account_id, username } = await newCreator();
  const action = { drop: 'after' } as const;
  await world.tiktok.control.addFault({ match: { path: PHOTO_INIT }, action, times: 1 });
  const media = [{ media_id: (await addFile(world)).id }];
  const { id } = await publish(world, {
    account_id,
    media_type: 'PHOTO',
    media,
  });
  // Fetched before the revocation: an event settles what is unknown. Revoked before: a second attempt.
  await untilState(world, id, 'published', 30_000);
  expect(await completed(username)).toHaveLength(1);
}, 40_000);

test('media at somebody else’s address has no fence: a lost answer leaves it unknown', async () => {
  const { account_id, username } = await newCreator();
  const action = { drop: 'before' } as const;
  await world.tiktok.control.addFault({ match: { path: VIDEO_INIT }, action, times: 1 });
  const media = [{ url: 'http://127.0.0.1:9/clip.mp4' }];
  const { id } = await publish(world, { account_id, media });
  const post = await untilState(world, id, 'unknown');
  expect(post.reason?.code).toBe('foreign_url_unclear');
  expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'init_unclear' }]);
  expect(await completed(username)).toEqual([]);
});

test('a connection that was never made is no lost answer: the post waits', async () => {
  const { account_id } = await newCreator();
  const media = [{ media_id: (await addVideo(world)).id }];
  const path = '/v2/post/publish/creator_info/query/';
  const { id: fault } = await world.tiktok.control.addFault({
    match: { path },
    action: { drop: 'before' },
  });
  const { id } = await publish(world, { account_id, media });
  const post = await untilState(world, id, 'queued');
  expect(post.reason?.code).toBe('tiktok_away');
  expect(await attemptsOf(world, id)).toMatchObject([{ outcome: 'put_back' }]);
  await world.tiktok.control.deleteFault(fault);
  await world.test.moveClocks(150);
  await untilState(world, id, 'published');
});

test.each([
  { what: 'the answer to the last chunk is lost', size: 20_000, nth: 1, drop: 'after' as const },
  { what: 'a chunk in the middle is cut', size: 70_000_000, nth: 1, drop: 'before' as const },
])(
  '$what: the upload goes on, in the same attempt',
  async ({ drop, nth, size }) => {
    const { account_id, username } = await newCreator();
    const match = { method: 'PUT', path: '/upload*', nth };
    await world.tiktok.control.addFault({ match, action: { drop }, times: 1 });
    const video = await addVideo(world, size);
    const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
    await untilState(world, id, 'published', 30_000);
    expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'accepted' }]);
    expect(await completed(username)).toMatchObject([{ sha256: video.sha256 }]);
  },
  60_000,
);

test('an upload whose URL died before the last chunk is begun anew', async () => {
  const { account_id, username } = await newCreator();
  const match = { method: 'PUT', path: '/upload*' };
  const action = { status: 403, code: 'forbidden' };
  await world.tiktok.control.addFault({ match, action, times: 1 });
  const media = [{ media_id: (await addVideo(world, 70_000_000)).id }];
  const { id } = await publish(world, { account_id, media });
  await untilState(world, id, 'published', 30_000);
  expect(await attemptsOf(world, id)).toMatchObject([
    { number: 1, outcome: 'upload_dead', code: 'upload_url_expired' },
    { number: 2, outcome: 'accepted' },
  ]);
  expect(await completed(username)).toHaveLength(1);
}, 60_000);

test.each([403, 404])(
  'a last chunk that is answered %i is TikTok’s to judge',
  async (status) => {
    const { account_id, username } = await newCreator();
    const match = { method: 'PUT', path: '/upload*' };
    await world.tiktok.control.addFault({ match, action: { status }, times: 1 });
    const media = [{ media_id: (await addVideo(world)).id }];
    const { id } = await publish(world, { account_id, media });
    await untilState(world, id, 'published', 30_000);
    expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'accepted' }]);
    expect(await completed(username)).toHaveLength(1);
  },
  40_000,
);

test('a token that TikTok refuses at init is renewed, and the attempt goes on', async () => {
  const { account_id } = await newCreator();
  const action = { status: 401, code: 'access_token_invalid' };
  await world.tiktok.control.addFault({ match: { path: VIDEO_INIT }, action, times: 1 });
  const media = [{ media_id: (await addVideo(world)).id }];
  const { id } = await publish(world, { account_id, media });
  await untilState(world, id, 'published', 30_000);
  expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'accepted' }]);
}, 40_000);

test.each([
  { status: 403, code: 'spam_risk_too_many_posts', state: 'held' as const },
  { status: 403, code: 'spam_risk_user_banned_from_posting', state: 'held' as const },
  { status: 400, code: 'privacy_level_option_mismatch', state: 'held' as const },
  { status: 400, code: 'invalid_params', state: 'failed' as const },
  { status: 403, code: 'url_ownership_unverified', state: 'failed' as const },
  // The last one: the ledger learns from it, and lets no other creator post for a while.
  { status: 403, code: 'reached_active_user_cap', state: 'held' as const },
])('init refused by $code: $state, never sent again', async ({ code, state, status }) => {
  const { account_id, username } = await newCreator();
  await world.tiktok.control.addFault({
    match: { path: VIDEO_INIT },
    action: { status, code },
    times: 1,
  });
  const media = [{ media_id: (await addVideo(world)).id }];
  const { id } = await publish(world, { account_id, media });
  const post = await untilState(world, id, state);
  expect(post.reason).toMatchObject({ code, log_id: expect.any(String) });
  expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'refused', code }]);
  expect((await postsAtTikTok(world)).filter((one) => one.username === username)).toEqual([]);
});
