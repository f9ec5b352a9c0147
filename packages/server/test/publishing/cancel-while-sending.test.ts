import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemOf } from '../accounts/support/problem.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import {
  addVideo,
  attemptsOf,
  connectCreator,
  type PublishWorld,
  postsAtTikTok,
  publish,
  startPublishing,
  untilState,
} from './support/publish-world.ts';

// A person cancels while a real upload is under way. TikTok begins to post when it has the last chunk, and not before.

let world: PublishWorld;
beforeAll(async () => {
  world = await startPublishing();
});
afterAll(() => world[Symbol.asyncDispose]());

const SLOW_MS = 3_000;
/** Two chunks. */
const TWO_CHUNKS = 70_000_000;
const ONE_CHUNK = 20_000;

/** A post whose nth chunk TikTok is taking its time for right now. */
async function sendingChunk(username: string, size: number, nth: number) {
  const account_id = await connectCreator(world, username);
  const media = [{ media_id: (await addVideo(world, size)).id }];
  const before = await chunksSent();
  await world.tiktok.control.addFault({
    match: { method: 'PUT', path: '/upload*', nth },
    action: { delay_ms: SLOW_MS },
    times: 1,
  });
  const { id } = await publish(world, { account_id, media });
  const isUnderWay = async () => {
    const [attempt] = await askAsOwner<{ init: boolean; fenced: boolean }>(
      world.databaseUrl,
      `select init_answered_at is not null as init, fence_at is not null as fenced
        from attempts where post_id = $1`,
      [id],
    );
    return attempt;
  };
  const isLast = size === ONE_CHUNK || nth === 2;
  await expect
    .poll(isUnderWay, { interval: 20, timeout: 15_000 })
    .toEqual({ init: true, fenced: isLast });
  return { id, account_id, media, before };
}

/** Chunks that TikTok got, of any post. */
async function chunksSent(): Promise<number> {
  const { requests } = await world.tiktok.control.listRequests();
  return requests.filter(({ method }) => method === 'PUT').length;
}

async function completedFor(username: string) {
  const posts = await postsAtTikTok(world);
  return posts.filter((post) => post.username === username && post.status === 'PUBLISH_COMPLETE');
}

test('before the last chunk it is canceled: no byte more is sent, TikTok posts nothing, and the next post has its turn', async () => {
  const { account_id, before, id, media } = await sendingChunk('early_mind', TWO_CHUNKS, 1);
  const next = await publish(world, { account_id, media, title: 'the other one' });
  expect(next.state).toBe('queued');
  expect(await world.api.cancelPost({ id })).toMatchObject({ state: 'canceled', phase: null });
  // The run that was sending comes to its end: it found its attempt taken away.
  const workflows = `select status from dbos.workflow_status
    where workflow_uuid = (select id::text from attempts where post_id = $1)`;
  await expect
    .poll(() => askAsOwner(world.databaseUrl, workflows, [id]), { timeout: 15_000 })
    .toEqual([{ status: 'SUCCESS' }]);
  await untilState(world, next.id, 'published', 30_000);
  expect((await chunksSent()) - before, 'one of the first, two of the second').toBe(3);
  expect(await attemptsOf(world, id)).toMatchObject([{ state: 'ended', outcome: 'canceled' }]);
  expect(await world.api.getPost({ id })).toMatchObject({ state: 'canceled' });
  expect(await completedFor('early_mind')).toHaveLength(1);
}, 60_000);

test.each([
  { what: 'the last of two chunks', username: 'late_mind', size: TWO_CHUNKS, nth: 2 },
  { what: 'the only chunk', username: 'later_mind', size: ONE_CHUNK, nth: 1 },
])(
  'while $what is on its way it is too late, and the post goes out',
  async ({ nth, size, username }) => {
    const { id } = await sendingChunk(username, size, nth);
    expect(await problemOf(world.api.cancelPost({ id }))).toMatchObject({
      code: 'post-state',
      status: 409,
      detail: expect.stringContaining('The last part of the video is being sent'),
    });
    await untilState(world, id, 'published', 30_000);
    expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'accepted' }]);
    expect(await completedFor(username)).toHaveLength(1);
  },
  60_000,
);
