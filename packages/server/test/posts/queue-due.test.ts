import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { moveClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { queueDuePosts } from '../../src/posts/queue-due.ts';
import { startSweepers } from '../../src/runtime/start-sweepers.ts';
import type { TestWorkspace } from '../accounts/support/world.ts';
import { type PostWorld, startPostWorld } from './support/post-world.ts';

let world: PostWorld;
beforeAll(async () => {
  world = await startPostWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => world.rows('delete from posts'));

/** Puts scheduled posts into a workspace, `seconds` from now. */
async function scheduled(workspace: TestWorkspace, count: number, seconds: number) {
  const accountId = await world.creator({}, workspace);
  await world.rows(
    `insert into posts (id, workspace_id, account_id, state, media_type, post_mode, publish_at, created_by_kind, created_by_id)
     select gen_random_uuid(), $1, $2, 'scheduled', 'VIDEO', 'DIRECT_POST', app_now() + make_interval(secs => $4), 'person', 'ada'
     from generate_series(1, $3)`,
    [workspace.id, accountId, count, seconds],
  );
}

async function states(): Promise<Record<string, number>> {
  const rows = await world.rows<{ state: string; count: number }>(
    'select state, count(*)::int from posts group by state',
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

test('what is due is queued in all workspaces, and nothing before its moment', async () => {
  const other = await world.addWorkspace();
  await scheduled(world.workspace, 7, -1);
  await scheduled(other, 5, -60);
  await scheduled(other, 3, 30);
  expect(await queueDuePosts(world.services, { limit: 100 })).toEqual({ due: 12, queued: 12 });
  expect(await states()).toEqual({ queued: 12, scheduled: 3 });
  await world.moveClocks(31);
  expect(await queueDuePosts(world.services, { limit: 100 })).toEqual({ due: 3, queued: 3 });
  expect(await queueDuePosts(world.services, { limit: 100 })).toEqual({ due: 0, queued: 0 });
});

test('a workspace whose posts cannot be queued keeps no other from its turn', async () => {
  const other = await world.addWorkspace();
  await scheduled(world.workspace, 2, -60);
  await scheduled(other, 3, -1);
  await world.rows(`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'not this one' using errcode = '40P01'; end $$`);
  await world.rows(`create trigger refuse before update on posts for each row
    when (new.workspace_id = '${world.workspace.id}') execute function refuse()`);
  try {
    expect(await queueDuePosts(world.services, { limit: 100 })).toEqual({ due: 5, queued: 3 });
  } finally {
    await world.rows('drop function refuse cascade');
  }
});

test('several processes at once queue each post once, with one event each', async () => {
  const workspaces = [world.workspace, await world.addWorkspace(), await world.addWorkspace()];
  for (const workspace of workspaces) await scheduled(workspace, 60, -1);
  const databases = await Promise.all(
    Array.from({ length: 4 }, () => openDatabase({ url: world.databaseUrl, maxConnections: 2 })),
  );
  const queued = await Promise.all(
    databases.map(async (database) => {
      let sum = 0;
      for (;;) {
        const round = await queueDuePosts({ database, log: world.services.log }, { limit: 50 });
        sum += round.queued;
        if (round.due === 0) return sum;
      }
    }),
  );
  await Promise.all(databases.map((database) => database.close()));
  expect(queued.reduce((sum, count) => sum + count, 0)).toBe(180);
  expect(await states()).toEqual({ queued: 180 });
  const events = await world.rows(
    `select from events join posts on posts.id = post_id where type = 'post.state_changed'`,
  );
  expect(events).toHaveLength(180);
});

test('the longest due goes first, and a round takes no more than it may', async () => {
  await scheduled(world.workspace, 3, -10);
  await scheduled(world.workspace, 3, -100);
  expect(await queueDuePosts(world.services, { limit: 3 })).toEqual({ due: 3, queued: 3 });
  const rows = await world.rows<{ state: string }>('select state from posts order by publish_at');
  expect(rows.map(({ state }) => state)).toEqual([
    ...['queued', 'queued', 'queued'],
    ...['scheduled', 'scheduled', 'scheduled'],
  ]);
});

test('a post that somebody is changing is left alone until that is done', async () => {
  await scheduled(world.workspace, 1, -1);
  const [post] = await world.rows<{ id: string }>('select id from posts');
  const round = await world.services.database.transaction(
    `begin; set local greenroom.workspace_id = '${world.workspace.id}'`,
    async (tx) => {
      const later = new Date(Date.now() + 3_600_000);
      await tx
        .updateTable('posts')
        .set({ publish_at: later })
        .where('id', '=', post?.id ?? '')
        .execute();
      return queueDuePosts(world.services, { limit: 10 });
    },
  );
  expect(round).toEqual({ due: 1, queued: 0 });
  expect(await queueDuePosts(world.services, { limit: 10 })).toEqual({ due: 0, queued: 0 });
  expect(await states()).toEqual({ scheduled: 1 });
});

test('a stopping process ends between workspaces, with nothing half done', async () => {
  await scheduled(world.workspace, 2, -1);
  const signal = AbortSignal.abort();
  expect(await queueDuePosts(world.services, { limit: 10, signal })).toEqual({ due: 2, queued: 0 });
  expect(await states()).toEqual({ scheduled: 2 });
});

test('the sweep of a worker queues a post within a second of its moment', async () => {
  await scheduled(world.workspace, 20, 2);
  const sweepers = startSweepers(world.services);
  try {
    const lateness = async () =>
      world.rows<{ late: number }>(
        `select extract(epoch from e.at - p.publish_at)::float8 as late from events e join posts p on p.id = e.post_id
         where e.type = 'post.state_changed' and e.details->>'to' = 'queued'`,
      );
    await expect.poll(lateness, { timeout: 10_000 }).toHaveLength(20);
    for (const { late } of await lateness()) {
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(1);
    }
  } finally {
    await Promise.all(sweepers.map((sweeper) => sweeper.close()));
  }
});

test('a clock that jumps ahead by a day makes everything due, once', async () => {
  await scheduled(world.workspace, 5, 3_600);
  const { database } = world.services;
  await moveClock(database, 86_400);
  await queueDuePosts(world.services, { limit: 10 });
  expect(await states()).toEqual({ queued: 5 });
  await moveClock(database, -86_400);
  expect(await queueDuePosts(world.services, { limit: 10 })).toEqual({ due: 0, queued: 0 });
});
