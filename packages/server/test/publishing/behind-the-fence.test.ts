import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

// What goes wrong on our side once the last chunk may be at TikTok: only TikTok says what became of the post.

let world: PublishWorld;
beforeAll(async () => {
  world = await startPublishing();
});
afterAll(() => world[Symbol.asyncDispose]());

let creators = 0;

/** TikTok takes its time for the nth chunk that it gets from now on. */
async function delayChunk(nth: number): Promise<void> {
  await world.tiktok.control.addFault({
    match: { method: 'PUT', path: '/upload*', nth },
    action: { delay_ms: 4_000 },
    times: 1,
  });
}

/** A post of a creator of its own whose last chunk is on its way, its answer some seconds away. */
async function fencedPost({ size = 20_000, chunks = 1 } = {}) {
  creators += 1;
  const account_id = await connectCreator(world, `behind_${creators}`);
  const { id: media_id } = await addVideo(world, size);
  await delayChunk(chunks);
  const { id } = await publish(world, { account_id, media: [{ media_id }] });
  const fenced = 'select from attempts where post_id = $1 and fence_at is not null';
  const count = async () => (await askAsOwner(world.databaseUrl, fenced, [id])).length;
  await expect.poll(count, { timeout: 15_000 }).toBe(1);
  await chunkIsThere();
  return { id, account_id };
}

/** Waits until TikTok gets the chunk that is delayed. */
async function chunkIsThere(): Promise<void> {
  const unmet = async () => (await world.tiktok.control.listFaults()).faults.length;
  await expect.poll(unmet, { timeout: 15_000 }).toBe(0);
}

/** Another run of whatever is under way, as when the process that did it was taken for dead. */
async function runAgain(): Promise<void> {
  await askAsOwner(
    world.databaseUrl,
    `update dbos.workflow_status set status = 'ENQUEUED', owner_xid = null where status = 'PENDING'`,
  );
}

async function renameMedia(change: (name: string) => string): Promise<void> {
  const folder = world.test.env['GREENROOM_MEDIA_FOLDER'] ?? '';
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of files.filter((file) => file.isFile())) {
    await rename(join(parentPath, name), join(parentPath, change(name)));
  }
}

async function statesOf(id: string): Promise<unknown[]> {
  const rows = await askAsOwner<{ to: unknown }>(
    world.databaseUrl,
    `select details ->> 'to' as to from events where post_id = $1 and type = 'post.state_changed'`,
    [id],
  );
  return rows.map(({ to }) => to);
}

test('a file that cannot be read any more holds no post: TikTok has it, and says so', async () => {
  const { id } = await fencedPost();
  await renameMedia((name) => `${name}.away`);
  await runAgain();
  await untilState(world, id, 'published', 30_000);
  await renameMedia((name) => name.replace(/\.away$/, ''));
  expect(await statesOf(id)).not.toContain('held');
  const [attempt, ...others] = await attemptsOf(world, id);
  expect(others).toEqual([]);
  expect(attempt?.runs).toBeGreaterThan(1);
  expect(await postsAtTikTok(world)).toMatchObject([{ status: 'PUBLISH_COMPLETE' }]);
}, 60_000);

test('an account that is away holds no post: it is followed, and says why TikTok is not asked', async () => {
  const { id, account_id } = await fencedPost();
  await askAsOwner(
    world.databaseUrl,
    `update accounts set state = 'reconnect_needed', state_reason = 'removed_by_creator' where id = $1`,
    [account_id],
  );
  await runAgain();
  const waits = async () => {
    const { state, wait } = await world.api.getPost({ id });
    return [state, wait?.code];
  };
  await expect.poll(waits, { timeout: 20_000 }).toEqual(['processing', 'account_away']);
  expect(await statesOf(id)).not.toContain('held');
}, 60_000);

test('a run that goes on at the last chunk says so before it sends it, so that nobody cancels it', async () => {
  const { id } = await fencedPost({ size: 70_000_000, chunks: 2 });
  // As when TikTok was asked, behind no fence, and says that the last chunk is all that it lacks.
  await askAsOwner(world.databaseUrl, 'update attempts set fence_at = null where post_id = $1', [
    id,
  ]);
  await delayChunk(1);
  await runAgain();
  await chunkIsThere();
  await expect(world.api.cancelPost({ id })).rejects.toMatchObject({ code: 'post-state' });
  await untilState(world, id, 'published', 30_000);
}, 60_000);
