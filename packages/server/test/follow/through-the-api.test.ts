import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
} from '../publishing/support/publish-world.ts';

let world: PublishWorld;
beforeAll(async () => {
  world = await startPublishing();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const { control } = world.tiktok;
  for (const { id } of (await control.listFaults()).faults) await control.deleteFault(id);
  await control.patchSettings({ processing_seconds: 1, moderation_seconds: 1 });
});

const STATUS = '/v2/post/publish/status/fetch/';

async function ofCreator(username: string) {
  return (await postsAtTikTok(world)).filter((post) => post.username === username);
}

test('bytes that TikTok never had are sent by the same attempt, and posted once', {
  timeout: 60_000,
}, async () => {
  const account_id = await connectCreator(world, 'lacking');
  const { control } = world.tiktok;
  // The only chunk is cut before TikTok takes it, and nobody can ask what it has: the fence is passed in doubt.
  // With the delay it has left us whole by then: a chunk that was cut while it left is sent again without a question.
  await control.addFault({
    match: { path: '/upload' },
    action: { delay_ms: 500, drop: 'before' },
    times: 1,
  });
  const silence = await control.addFault({ match: { path: STATUS }, action: { status: 500 } });
  const video = await addVideo(world);
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  await untilState(world, id, 'processing', 40_000);
  await control.deleteFault(silence.id);
  // TikTok is left alone for a while after so many faults, and asked less often the older the post is.
  const look = async () => {
    await world.test.moveClocks(30);
    return (await world.api.getPost({ id })).state;
  };
  await expect.poll(look, { timeout: 40_000, interval: 500 }).toBe('published');
  expect(await attemptsOf(world, id)).toHaveLength(1);
  const { items } = await world.api.getPostTimeline({ id, limit: 100 });
  expect(items.map(({ details }) => details['reason'])).toContain('bytes_missing');
  expect(await ofCreator('lacking')).toMatchObject([
    { status: 'PUBLISH_COMPLETE', sha256: video.sha256 },
  ]);
});

test('a public post gets its id and its address, which go when it is removed', async () => {
  const account_id = await connectCreator(world, 'seen');
  const video = await addVideo(world);
  const { id } = await publish(world, {
    account_id,
    media: [{ media_id: video.id }],
    privacy_level: 'PUBLIC_TO_EVERYONE',
  });
  await untilState(world, id, 'published');
  await expect.poll(async () => (await world.api.getPost({ id })).visibility).toBe('public');
  const post = await world.api.getPost({ id });
  const [postId = ''] = post.post_ids;
  expect(postId).toMatch(/^\d{19}$/);
  expect(post.post_urls).toEqual([`https://www.tiktok.com/@seen/video/${postId}`]);

  const publish_id = post.publish_id ?? '';
  await world.tiktok.control.moderatePost(publish_id, { result: 'remove' });
  await expect.poll(async () => (await world.api.getPost({ id })).visibility).toBe('removed');
  expect(await world.api.getPost({ id })).toMatchObject({ state: 'published', post_urls: [] });
});

test('photos that TikTok could not fetch are tried again, and posted once', async () => {
  const account_id = await connectCreator(world, 'unfetched');
  const fault = { path: '/v2/post/publish/content/init/' };
  const action = { fail_reason: 'photo_pull_failed' };
  await world.tiktok.control.addFault({ match: fault, action, times: 1 });
  const photo = await addFile(world);
  const { id } = await publish(world, {
    account_id,
    media_type: 'PHOTO',
    media: [{ media_id: photo.id }],
  });
  await expect
    .poll(async () => (await world.api.getPost({ id })).reason?.code, {
      timeout: 15_000,
    })
    .toBe('pull_failed');
  await world.test.moveClocks(10);
  await untilState(world, id, 'published');
  expect(await attemptsOf(world, id)).toHaveLength(2);
  const statuses = (await ofCreator('unfetched')).map(({ status }) => status);
  expect(statuses.sort()).toEqual(['FAILED', 'PUBLISH_COMPLETE']);
});

test('an account goes on posting while TikTok processes for an hour', async () => {
  const account_id = await connectCreator(world, 'patient');
  await world.tiktok.control.patchSettings({ processing_seconds: 3_600 });
  const [one, two] = [await addVideo(world, 20_001), await addVideo(world, 20_002)];
  const first = await publish(world, { account_id, media: [{ media_id: one.id }] });
  const second = await publish(world, { account_id, media: [{ media_id: two.id }] });
  await untilState(world, first.id, 'processing');
  await untilState(world, second.id, 'processing');
  await world.test.moveClocks(3_700);
  for (const { id } of [first, second]) await untilState(world, id, 'published', 20_000);
});

test('an account that the creator disconnects while TikTok works: TikTok’s event says what came of it', async () => {
  const account_id = await connectCreator(world, 'leaver');
  await world.tiktok.control.patchSettings({ processing_seconds: 600 });
  const video = await addVideo(world);
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  await untilState(world, id, 'processing');
  await world.tiktok.control.act('leaver', { act: 'disconnect', client_key: 'audited', reason: 1 });
  const post = await untilState(world, id, 'failed');
  expect(post.reason).toMatchObject({ code: 'auth_removed', whose_move: 'creator' });
});
