import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askAsOwner } from '../support/ask-as-owner.ts';
import {
  addFile,
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

// What has changed since a post was agreed to is found before init is sent.

let world: PublishWorld;
beforeAll(async () => {
  // Here TikTok pulls videos, too.
  world = await startPublishing({ GREENROOM_VIDEO_TRANSFER: 'pull' });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** What time it is for the server. */
async function clockOf(): Promise<string> {
  const [row] = await askAsOwner<{ now: Date }>(world.databaseUrl, 'select app_now() as now');
  return row?.now.toISOString() ?? '';
}

/** A post for a minute from now, whose moment comes after something has changed. */
async function publishAfter(username: string, change: (post: Post) => Promise<unknown>) {
  const account_id = await connectCreator(world, username);
  const media = [{ media_id: (await addFile(world, 'duration-60.mp4')).id }];
  const inAMinute = new Date(Date.parse(await clockOf()) + 60_000);
  const post = await publish(world, { account_id, media }, inAMinute);
  expect(post.state).toBe('scheduled');
  await change(post);
  await world.test.moveClocks(61);
  return post;
}

test.each([
  {
    what: 'the creator switched comments off',
    settings: { comment_disabled: true },
    code: 'interaction_disabled',
  },
  {
    what: 'the creator may post shorter videos only',
    settings: { max_video_post_duration_sec: 30 },
    code: 'video_too_long',
  },
])('$what meanwhile: held, and no init is sent', async ({ code, settings, what }) => {
  const username = `changed_${what.length}`;
  const { id } = await publishAfter(username, () =>
    world.tiktok.control.putCreator(username, settings),
  );
  const post = await untilState(world, id, 'held');
  expect(post.reason?.code).toBe(code);
  expect(await attemptsOf(world, id)).toMatchObject([{ outcome: 'held' }]);
  expect((await postsAtTikTok(world)).filter((one) => one.username === username)).toEqual([]);
});

test('a file that is gone from the store: held, and no init is sent', async () => {
  const { id } = await publishAfter('forgetful', async ({ media }) => {
    const mediaId = media[0]?.media_id ?? '';
    const folder = world.test.env['GREENROOM_MEDIA_FOLDER'] ?? '';
    await rm(join(folder, mediaId.slice(0, 2), mediaId));
  });
  expect((await untilState(world, id, 'held')).reason?.code).toBe('media_gone');
  const made = await postsAtTikTok(world);
  expect(made.filter(({ username }) => username === 'forgetful')).toEqual([]);
});

test('an account that was disconnected meanwhile: held until it is connected again', async () => {
  const { id } = await publishAfter('leaver', ({ account_id }) =>
    world.api.disconnectAccount({ id: account_id }),
  );
  expect((await untilState(world, id, 'held')).reason?.code).toMatch(/reconnect|not_connected/);
});

test.each(['DIRECT_POST', 'MEDIA_UPLOAD'] as const)(
  'TikTok pulls a video: %s',
  async (post_mode) => {
    const account_id = await connectCreator(world, `pulled_${post_mode.toLowerCase()}`);
    const video = await addVideo(world);
    const { id } = await publish(world, {
      account_id,
      post_mode,
      media: [{ media_id: video.id }],
    });
    const post = await untilState(
      world,
      id,
      post_mode === 'DIRECT_POST' ? 'published' : 'in_inbox',
    );
    const made = (await postsAtTikTok(world)).filter((one) => one.publish_id === post.publish_id);
    expect(made).toMatchObject([{ source: 'PULL_FROM_URL', post_mode, sha256: video.sha256 }]);
  },
);

test('a 429 at init puts the post back, and it goes out when its minute has passed', async () => {
  const account_id = await connectCreator(world, 'limited');
  await world.tiktok.control.addFault({
    match: { path: '/v2/post/publish/content/init/' },
    action: { status: 429, code: 'rate_limit_exceeded' },
    times: 1,
  });
  const { id } = await publish(world, {
    account_id,
    media_type: 'PHOTO',
    media: [{ media_id: (await addFile(world)).id }],
  });
  const post = await untilState(world, id, 'queued');
  expect(post.reason?.code).toBe('rate_limit');
  await world.test.moveClocks(70);
  await untilState(world, id, 'published');
  expect(await attemptsOf(world, id)).toMatchObject([
    { outcome: 'put_back', code: 'rate_limit_exceeded' },
    { outcome: 'accepted' },
  ]);
});
