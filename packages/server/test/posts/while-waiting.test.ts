import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemOf } from '../accounts/support/problem.ts';
import {
  addVideo,
  connectCreator,
  type Post,
  type PublishWorld,
  publish,
  startPublishing,
  untilState,
} from '../publishing/support/publish-world.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { MUSIC } from './support/post-world.ts';

// What changes between scheduling and sending: the rules are asked again right before init (points 16 and 58 of TikTok's
// audit checklist), the post waits for a person, and TikTok never gets an init.

let world: PublishWorld;
beforeAll(async () => {
  world = await startPublishing();
});
afterAll(() => world[Symbol.asyncDispose]());

let creators = 0;
/** Seconds that the clocks are ahead. */
let ahead = 0;

/** A post for an hour ahead, of a creator of its own. */
async function waiting(changes: Parameters<typeof publish>[1] | object = {}) {
  creators += 1;
  const username = `waiting.${creators}`;
  const account_id = await connectCreator(world, username);
  const { id } = await addVideo(world);
  const inAnHour = new Date(Date.now() + (ahead + 3_600) * 1000);
  const media = [{ media_id: id }];
  const post = await publish(world, { account_id, media, ...changes }, inAnHour);
  expect(post.state).toBe('scheduled');
  return { post, username, account_id, mediaId: id };
}

async function becomeDue(): Promise<void> {
  ahead += 3_601;
  await world.test.moveClocks(3_601);
}

async function initsFor(username: string): Promise<number> {
  const { requests } = await world.tiktok.control.listRequests();
  return requests.filter(({ path, creator }) => path.endsWith('/init/') && creator === username)
    .length;
}

/** The probe's word: a video of two seconds is not worth a file of its own. */
async function setDuration(mediaId: string, ms: number): Promise<void> {
  await askAsOwner(world.databaseUrl, 'update media set duration_ms = $2 where id = $1', [
    mediaId,
    ms,
  ]);
}

function mend({ id }: Post, changes: object = {}): Promise<Post> {
  return world.api.schedulePost({
    id,
    publish_at: null,
    consent: { declaration: MUSIC },
    ...changes,
  });
}

describe('is held, with words, and TikTok gets no init', { timeout: 60_000 }, () => {
  test('when its account was disconnected; connected again, it goes out', async () => {
    const { post, username, account_id } = await waiting();
    await world.api.disconnectAccount({ id: account_id });
    await becomeDue();
    const held = await untilState(world, post.id, 'held');
    expect(held.reason).toMatchObject({
      code: 'reconnect_needed',
      words:
        'The account is not connected: A person disconnected this account in Greenroom, and its tokens were deleted.',
      whose_move: 'creator',
    });
    expect(await initsFor(username)).toBe(0);
    expect(await connectCreator(world, username)).toBe(account_id);
    await mend(post);
    await untilState(world, post.id, 'published');
  });

  test('when its media is gone; with another, it goes out', async () => {
    const { post, username, mediaId } = await waiting();
    expect(await problemOf(world.api.deleteMedia({ id: mediaId }))).toMatchObject({
      code: 'media-in-use',
    });
    await askAsOwner(world.databaseUrl, 'update media set deleted_at = app_now() where id = $1', [
      mediaId,
    ]);
    await becomeDue();
    const held = await untilState(world, post.id, 'held');
    expect(held.reason).toMatchObject({ code: 'media_gone', whose_move: 'you' });
    expect(await initsFor(username)).toBe(0);
    const media = [{ media_id: (await addVideo(world, 21_000)).id }];
    await world.api.updatePost({ id: post.id, version: held.version, media });
    await mend(post);
    await untilState(world, post.id, 'published');
  });

  test('when its media is not what was agreed to', async () => {
    const { post, username, mediaId } = await waiting();
    await askAsOwner(
      world.databaseUrl,
      `update media set sha256 = sha256('another') where id = $1`,
      [mediaId],
    );
    await becomeDue();
    expect((await untilState(world, post.id, 'held')).reason).toMatchObject({
      code: 'media_changed',
    });
    expect(await initsFor(username)).toBe(0);
  });

  test.each([
    {
      name: 'the privacy level',
      changes: { privacy_level: 'PUBLIC_TO_EVERYONE' },
      creator: { private_account: true },
      code: 'privacy_level_not_allowed',
      words: 'The creator’s options do not have PUBLIC_TO_EVERYONE at the moment.',
    },
    {
      name: 'an interaction',
      changes: { disable_comment: false },
      creator: { comment_disabled: true },
      code: 'interaction_disabled',
      words: 'The creator has switched comment off in the TikTok app.',
    },
    {
      name: 'a video of two seconds',
      changes: {},
      creator: { max_video_post_duration_sec: 1 },
      code: 'video_too_long',
      words: 'this creator may post at most 1 s.',
    },
  ] as const)(
    'when the creator may no longer have $name',
    async ({ changes, creator, code, words }) => {
      const { post, username, mediaId } = await waiting(changes);
      await world.tiktok.control.putCreator(username, creator);
      await setDuration(mediaId, 2_000);
      await becomeDue();
      const held = await untilState(world, post.id, 'held');
      expect(held.reason).toMatchObject({
        code,
        words: expect.stringContaining(words),
        whose_move: 'you',
      });
      expect(await initsFor(username)).toBe(0);
    },
  );
});

test('an edit and the moment meet: the post goes out as it was, or as it was changed, never in between', {
  timeout: 60_000,
}, async () => {
  const { post } = await waiting();
  const change = {
    id: post.id,
    version: post.version,
    title: 'changed',
    consent: { declaration: MUSIC },
  };
  const [edit] = await Promise.allSettled([world.api.updatePost(change), becomeDue()]);
  const out = await untilState(world, post.id, 'published');
  expect(out.title).toBe(edit.status === 'fulfilled' ? 'changed' : post.title);
  const { posts } = await world.tiktok.control.listPosts();
  expect(posts.filter(({ publish_id }) => publish_id === out.publish_id)).toHaveLength(1);
});
