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

let world: PublishWorld;
beforeAll(async () => {
  world = await startPublishing();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** What TikTok has of one post. */
async function atTikTok(publishId: string | null) {
  const found = (await postsAtTikTok(world)).filter((post) => post.publish_id === publishId);
  expect(found).toHaveLength(1);
  return found[0];
}

test('a video is uploaded and posted, byte for byte', async () => {
  const account_id = await connectCreator(world, 'uploader');
  const video = await addVideo(world);
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  const post = await untilState(world, id, 'published');
  expect(post).toMatchObject({ bytes_total: 20_000, bytes_confirmed: 20_000, attempts: 1 });
  expect(await atTikTok(post.publish_id)).toMatchObject({
    source: 'FILE_UPLOAD',
    post_mode: 'DIRECT_POST',
    sha256: video.sha256,
  });
  expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'accepted', runs: 1 }]);
});

test('a video goes to the creator’s inbox', async () => {
  const account_id = await connectCreator(world, 'drafter');
  const video = await addVideo(world);
  const { id } = await publish(world, {
    account_id,
    post_mode: 'MEDIA_UPLOAD',
    media: [{ media_id: video.id }],
  });
  const post = await untilState(world, id, 'in_inbox');
  expect(await atTikTok(post.publish_id)).toMatchObject({
    source: 'FILE_UPLOAD',
    post_mode: 'MEDIA_UPLOAD',
    sha256: video.sha256,
  });
});

test.each(['DIRECT_POST', 'MEDIA_UPLOAD'] as const)('photos are pulled: %s', async (post_mode) => {
  const account_id = await connectCreator(world, `photographer_${post_mode.toLowerCase()}`);
  const photos = [
    await addFile(world, 'photo-1080x1350.jpg'),
    await addFile(world, 'photo-1080x1350.webp'),
  ];
  const { id } = await publish(world, {
    account_id,
    post_mode,
    media_type: 'PHOTO',
    media: photos.map(({ id: media_id }) => ({ media_id })),
  });
  const post = await untilState(world, id, post_mode === 'DIRECT_POST' ? 'published' : 'in_inbox');
  expect(await atTikTok(post.publish_id)).toMatchObject({
    source: 'PULL_FROM_URL',
    media_type: 'PHOTO',
    post_mode,
    sha256: photos.map(({ sha256 }) => sha256),
  });
});

test('a large video goes in chunks, and its progress is told', async () => {
  const account_id = await connectCreator(world, 'chunker');
  const video = await addVideo(world, 70_000_000);
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  const post = await untilState(world, id, 'published', 40_000);
  expect(await atTikTok(post.publish_id)).toMatchObject({ sha256: video.sha256 });
  const { items } = await world.api.getPostTimeline({ id, limit: 100 });
  expect(items.filter(({ type }) => type === 'post.progress').length).toBeGreaterThan(0);
}, 60_000);

test('one account publishes one post at a time, in order; others are not kept waiting', async () => {
  const busy = await connectCreator(world, 'busy');
  const idle = await connectCreator(world, 'idle');
  const media = [{ media_id: (await addVideo(world)).id }];
  const posts = [];
  for (const title of ['one', 'two', 'three']) {
    posts.push(await publish(world, { account_id: busy, media, title }));
  }
  const other = await publish(world, { account_id: idle, media });
  await untilState(world, other.id, 'published');
  for (const { id } of posts) await untilState(world, id, 'published', 30_000);
  const inits = (await world.tiktok.control.listPosts()).posts
    .filter(({ username }) => username === 'busy')
    .map(({ post_info }) => post_info['title']);
  expect(inits).toEqual(['one', 'two', 'three']);
}, 60_000);

test('each request shows in the timeline with its log_id', async () => {
  const account_id = await connectCreator(world, 'explained');
  const media = [{ media_id: (await addVideo(world)).id }];
  const { id } = await publish(world, { account_id, media });
  await untilState(world, id, 'published');
  const { items } = await world.api.getPostTimeline({ id, limit: 100 });
  const requests = items.filter(({ type }) => type === 'request.answered');
  expect(requests.map(({ details }) => details['request'])).toEqual(
    expect.arrayContaining(['creator_info/query', 'video/init', 'status/fetch']),
  );
  for (const { log_id } of requests) expect(log_id).toMatch(/^\w+/);
});
