import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cancelPull } from '../../src/publishing/follow/cancel-pull.ts';
import { startWorld, type World } from '../accounts/support/world.ts';
import { type Followed, Follower } from './support/followed.ts';

let world: World;
let follower: Follower;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.tiktok.control.patchSettings({ rate_limits: false, caps: false });
  await world.rows('update posts set next_poll_at = null');
  follower = await Follower.connect(world);
});

const CANCEL = '/v2/post/publish/cancel/';
/** TikTok has begun to pull, and waits for the rest. */
const pulling = { source: 'PULL_FROM_URL', isUploaded: false } as const;

function cancel({ postId }: Followed): Promise<void> {
  return cancelPull(world.services, { workspaceId: world.workspace.id, postId });
}

test('a pull that is under way is canceled, by TikTok’s own status', async () => {
  const post = await follower.make(pulling);
  await cancel(post);
  expect(await follower.see(post)).toMatchObject({
    state: 'canceled',
    state_reason: 'canceled_at_tiktok',
    next_poll_at: null,
  });
});

test('what TikTok has fetched is too late to cancel, and goes on', async () => {
  const post = await follower.make({ source: 'PULL_FROM_URL' });
  await follower.settleTikTok();
  await expect(cancel(post)).rejects.toMatchObject({ code: 'post-state' });
  expect((await follower.see(post)).state).toBe('published');
});

test('a wish that TikTok could not be told is told by the next poll', async () => {
  const post = await follower.make(pulling);
  const fault = { match: { path: CANCEL }, action: { status: 500 }, times: 1 } as const;
  await world.tiktok.control.addFault(fault);
  await cancel(post);
  expect((await follower.see(post)).state).toBe('processing');
  await follower.poll();
  await follower.poll();
  expect((await follower.see(post)).state).toBe('canceled');
});

test('who wishes again because the first answer was lost gets what they wish', async () => {
  const post = await follower.make(pulling);
  const { workspace, services } = world;
  const use = { workspaceId: workspace.id, accountId: follower.accountId };
  const actor = { kind: 'system', id: 'test' } as const;
  // As a process does it that is killed before it can write that down.
  await services.broker.clientFor({ ...use, actor, reason: 'test' }).cancelPost(post.publishId);
  await cancel(post);
  expect(await follower.see(post)).toMatchObject({
    state: 'canceled',
    state_reason: 'canceled_at_tiktok',
  });
});

test('a wish while init is being sent is kept, and told to TikTok when its answer is there', async () => {
  const post = await follower.make({ ...pulling, state: 'publishing', isAnswerLost: true });
  await cancel(post);
  expect((await follower.see(post)).state).toBe('publishing');
  // As the run commits it.
  await world.rows('update attempts set publish_id = $2 where id = $1', [
    post.attemptId,
    post.publishId,
  ]);
  await world.rows(
    `update posts set state = 'processing', publish_id = $2, next_poll_at = app_now() where id = $1`,
    [post.postId, post.publishId],
  );
  await follower.sweep();
  await follower.poll();
  expect((await follower.see(post)).state).toBe('canceled');
});

test('a post that is over is not canceled', async () => {
  const post = await follower.make({ state: 'published' });
  await expect(cancel(post)).rejects.toMatchObject({ code: 'post-state' });
});
