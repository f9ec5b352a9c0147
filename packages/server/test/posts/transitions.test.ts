import { operations, type PostState } from '@greenroom/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inWorkspace } from '../../src/db/database.ts';
import { movePost, type PostMove } from '../../src/posts/move-post.ts';
import { isTransition, transitions } from '../../src/posts/transitions.ts';
import { force, type PostWorld, startPostWorld } from './support/post-world.ts';

let world: PostWorld;
let postId: string;
beforeAll(async () => {
  world = await startPostWorld();
  postId = (await world.postIn('draft')).id;
});
afterAll(() => world[Symbol.asyncDispose]());

const states: readonly PostState[] = operations.getPost.answers[200].shape.state.options;
const others = states.flatMap((from) =>
  states.flatMap((to) => (isTransition(from, to) ? [] : [{ from, to }])),
);

function move(change: Omit<PostMove, 'postId'>): Promise<boolean> {
  return inWorkspace(world.services.database, world.workspace.id, (tx) =>
    movePost(tx, { postId, ...change }),
  );
}

async function stored(): Promise<Record<string, unknown> | undefined> {
  return (
    await world.rows<Record<string, unknown>>('select * from posts where id = $1', [postId])
  )[0];
}

describe('each row of the table', () => {
  test.each(transitions)('$from → $to: $when', async ({ from, to }) => {
    await force(world, postId, from);
    const before = (await world.eventsOf(postId)).length;
    const details = { log_id: 'log-1' };
    expect(await move({ from, to, reason: 'due', details })).toBe(true);
    expect(await stored()).toMatchObject({
      state: to,
      state_reason: 'due',
      state_details: details,
    });
    expect((await world.eventsOf(postId)).slice(before)).toEqual([
      { type: 'post.state_changed', details: { from, to, reason: 'due', ...details } },
    ]);
  });

  test('has every pair once', () => {
    const pairs = transitions.map(({ from, to }) => `${from} → ${to}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(pairs.length + others.length).toBe(states.length ** 2);
  });
});

test.each(others)('$from → $to is in no row, and cannot happen', async ({ from, to }) => {
  await force(world, postId, from);
  const before = await stored();
  const events = await world.eventsOf(postId);
  await expect(move({ from, to, reason: 'due' })).rejects.toThrow(
    `No post goes from ${from} to ${to}`,
  );
  expect(await stored()).toEqual(before);
  expect(await world.eventsOf(postId)).toEqual(events);
});

test('a post in another state than was seen stays, without an event', async () => {
  await force(world, postId, 'held');
  const before = await stored();
  const events = await world.eventsOf(postId);
  expect(await move({ from: ['draft', 'scheduled'], to: 'held', reason: 'due' })).toBe(false);
  expect(await stored()).toEqual(before);
  expect(await world.eventsOf(postId)).toEqual(events);
});

test('of many that move it at once, one does, and one event tells of it', async () => {
  await force(world, postId, 'scheduled');
  const before = (await world.eventsOf(postId)).length;
  const moves = Array.from({ length: 8 }, () =>
    move({ from: 'scheduled', to: 'queued', reason: 'due' }),
  );
  expect((await Promise.all(moves)).filter(Boolean)).toHaveLength(1);
  expect((await world.eventsOf(postId)).length).toBe(before + 1);
});

test('a state brings its moments, and takes along what belonged to the one before', async () => {
  await force(world, postId, 'scheduled');
  await world.rows(
    `update posts set wait_reason = 'rate_limit', not_before = app_now(), phase = 'init', queued_at = null where id = $1`,
    [postId],
  );
  await move({ from: 'scheduled', to: 'queued', reason: 'due' });
  const queued = await stored();
  expect(queued).toMatchObject({ phase: null, wait_reason: null, not_before: null });
  expect(queued?.['queued_at']).toBeInstanceOf(Date);
  await move({ from: 'queued', to: 'publishing', reason: 'due', set: { phase: 'transfer' } });
  await move({ from: 'publishing', to: 'processing', reason: 'due' });
  expect(await stored()).toMatchObject({ phase: null, queued_at: queued?.['queued_at'] });
  await move({ from: 'processing', to: 'published', reason: 'due' });
  const published = await stored();
  expect(published?.['fenced_at']).toBeInstanceOf(Date);
  expect(published?.['ended_at']).toBeInstanceOf(Date);
});
