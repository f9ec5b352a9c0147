import { randomUUID } from 'node:crypto';
import type { PostState } from '@greenroom/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { deleteOldEvents } from '../../src/events/delete-old-events.ts';
import { type PostWorld, startPostWorld } from '../posts/support/post-world.ts';

let world: PostWorld;
beforeAll(async () => {
  world = await startPostWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.rows('delete from events');
});

/** Puts an event into the past; gives its name. */
async function happened(name: string, daysAgo: number, postId: string | null = null) {
  await world.rows(
    `insert into events (workspace_id, type, at, post_id, details)
      values ($1, 'media.ready', app_now() - make_interval(days => $2), $3, jsonb_build_object('name', $4::text))`,
    [world.workspace.id, daysAgo, postId, name],
  );
  return name;
}

async function left(): Promise<string[]> {
  const rows = await world.rows<{ name: string }>(
    `select details->>'name' as name from events where details ? 'name' order by at`,
  );
  return rows.map(({ name }) => name);
}

/** A post that came into its state so many days ago. */
async function postSince(state: PostState, days: number): Promise<string> {
  const { id } = await world.postIn(state);
  await world.rows(
    'update posts set state_changed_at = app_now() - make_interval(days => $2) where id = $1',
    [id, days],
  );
  await world.rows('delete from events where post_id = $1', [id]);
  return id;
}

const remove = (retentionDays: number, limit = 100) =>
  deleteOldEvents(world.services.database, { retentionDays, limit });

test('events go when they are older than the retention, the oldest first and in portions', async () => {
  await happened('first', 99);
  await happened('second', 95);
  await happened('third', 91);
  await happened('young', 89);
  expect(await remove(90, 2)).toBe(2);
  expect(await left()).toEqual(['third', 'young']);
  expect(await remove(90, 2)).toBe(1);
  expect(await remove(90, 2)).toBe(0);
  expect(await left()).toEqual(['young']);
});

test.each(['published', 'failed', 'canceled'] as const)(
  'of a post that is %s they go as long after it came to its end',
  async (state) => {
    await happened('of one that ended then', 200, await postSince(state, 91));
    const kept = await happened('of one that ended of late', 200, await postSince(state, 89));
    expect(await remove(90)).toBe(1);
    expect(await left()).toEqual([kept]);
  },
);

test.each([
  'draft',
  'held',
  'scheduled',
  'queued',
  'publishing',
  'processing',
  'in_inbox',
  'unknown',
] as const)('of a post that is %s they stay, however old: its timeline is whole', async (state) => {
  const kept = await happened('old', 400, await postSince(state, 399));
  expect(await remove(90)).toBe(0);
  expect(await left()).toEqual([kept]);
});

test('none goes before a week, whatever the retention says: readers that were away may resume', async () => {
  const kept = await happened('of this week', 6);
  await happened('of last week', 8);
  expect(await remove(1)).toBe(1);
  expect(await left()).toEqual([kept]);
});

test('events of all workspaces go, and the role of the application deletes none by itself', async () => {
  const other = await world.addWorkspace();
  await world.rows(
    `insert into events (workspace_id, type, at, details)
      values ($1, 'media.ready', app_now() - interval '91 days', jsonb_build_object('media_id', $2::text))`,
    [other.id, randomUUID()],
  );
  expect(await remove(90)).toBe(1);
  expect(
    await world.rows(`select has_table_privilege('greenroom_app', 'events', 'delete') as may`),
  ).toEqual([{ may: false }]);
});
