import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace } from '../../src/db/database.ts';
import { connect } from '../accounts/support/connect.ts';
import { problemOf } from '../accounts/support/problem.ts';
import { startWorld, type World } from '../accounts/support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

async function account(username: string): Promise<string> {
  await world.tiktok.control.putCreator(username);
  return (await connect(world, world.workspace, { username })).id;
}

/** Puts a post into a state, as the posts part would. */
async function store(
  accountId: string,
  facts: { readonly state: string; readonly publishAt?: Date; readonly notBefore?: Date },
): Promise<string> {
  const id = randomUUID();
  await world.rows(
    `insert into posts (id, workspace_id, account_id, state, media_type, post_mode, publish_at,
       not_before, wait_reason, queued_at, created_by_kind, created_by_id)
     values ($1, $2, $3, $4, 'VIDEO', 'DIRECT_POST', $5, $6, 'token_delayed',
       case when $4 = 'queued' then app_now() end, 'api_key', 'test')`,
    [id, world.workspace.id, accountId, facts.state, facts.publishAt, facts.notBefore],
  );
  return id;
}

const seconds = (from: Date, until: string | null | undefined) =>
  Math.round((Date.parse(until ?? '') - from.getTime()) / 1000);

test('posts that are only thought of go out after those that are queued', async () => {
  const id = await account('thought.of');
  for (let queued = 0; queued < 5; queued += 1) await store(id, { state: 'queued' });
  const now = world.services.clock.now();
  const { items } = await world.workspace.api.forecastPosts({
    posts: [{ account_id: id }, { account_id: id }, { account_id: id, media_type: 'PHOTO' }],
  });
  expect(items.map(({ post_id }) => post_id)).toEqual([null, null, null]);
  const at = items.map(({ goes_out_at }) => seconds(now, goes_out_at));
  // A publish takes an account a moment, and the seventh video the next minute.
  expect(at[0]).toBeLessThan(15);
  expect(at[1]).toBeGreaterThanOrEqual(61);
  expect(at[2]).toBeLessThan(30);
  expect(items[1]?.reasons).toMatchObject([{ code: 'rate_limit', until: items[1]?.goes_out_at }]);
  expect(items[1]?.reasons[0]?.words).toContain('six inits');
});

test('what the ledger has counted counts', async () => {
  const id = await account('counted');
  const { database, ledger } = world.services;
  await inWorkspace(database, world.workspace.id, async (tx) => {
    for (let taken = 0; taken < 15; taken += 1) {
      const request = { attemptId: randomUUID(), accountId: id, postMode: 'DIRECT_POST' } as const;
      expect(await ledger.takeCaps(tx, request)).toEqual({ ok: true });
    }
  });
  const now = world.services.clock.now();
  const { items } = await world.workspace.api.forecastPosts({ posts: [{ account_id: id }] });
  expect(seconds(now, items[0]?.goes_out_at)).toBeGreaterThan(24 * 3600);
  expect(items[0]?.reasons.map(({ code }) => code)).toEqual(['cap_posts']);
});

test('a post is forecast by its id, whatever its state', async () => {
  const id = await account('by.id');
  const later = new Date(world.services.clock.now().getTime() + 3_600_000);
  const posts = {
    scheduled: await store(id, { state: 'scheduled', publishAt: later }),
    waiting: await store(id, { state: 'queued', notBefore: later }),
    held: await store(id, { state: 'held' }),
    published: await store(id, { state: 'published' }),
  };
  const { items } = await world.workspace.api.forecastPosts({ post_ids: Object.values(posts) });
  expect(items.map(({ post_id }) => post_id)).toEqual(Object.values(posts));
  const [scheduled, waiting, held, published] = items;
  expect(Date.parse(scheduled?.goes_out_at ?? '')).toBeGreaterThanOrEqual(later.getTime());
  expect(waiting?.reasons).toMatchObject([{ code: 'token_delayed', until: later.toISOString() }]);
  expect(held).toMatchObject({ reasons: [], goes_out_at: expect.any(String) });
  expect(published).toMatchObject({ goes_out_at: null, reasons: [{ code: 'published' }] });
});

test('a post or an account that the workspace does not have is named by its place', async () => {
  const id = await account('named');
  const other = await world.addWorkspace();
  const problem = await problemOf(
    other.api.forecastPosts({ post_ids: [randomUUID()], posts: [{ account_id: id }] }),
  );
  expect(problem).toMatchObject({
    code: 'invalid-request',
    errors: [{ pointer: '/post_ids/0' }, { pointer: '/posts/0/account_id' }],
  });
});

test('ten thousand thoughts are answered in one call', async () => {
  const id = await account('prolific');
  const posts = Array.from({ length: 10_000 }, () => ({ account_id: id }));
  const { items } = await world.workspace.api.forecastPosts({ posts });
  expect(items).toHaveLength(10_000);
  expect(items.at(-1)).toMatchObject({ goes_out_at: null });
});

test('the state of publishing is shown: circuits of the own accounts, posts by state, since when one is due', async () => {
  const id = await account('shown');
  const other = await world.addWorkspace();
  await world.rows(
    `insert into circuits (subject, state, failures, retry_at, last_error, changed_at)
     values ('tiktok', 'open', 6, app_now(), 'network_error', app_now()),
       ($1, 'closed', 1, null, 'internal_error', app_now())`,
    [id],
  );
  const theirs = await other.api.getPublishing();
  expect(theirs).toMatchObject({ posts: {}, oldest_due_at: null });
  expect(theirs.circuits.map(({ subject }) => subject)).toEqual(['tiktok']);
  const ours = await world.workspace.api.getPublishing();
  expect(ours.circuits).toMatchObject([
    { subject: 'tiktok', state: 'open', failures: 6, last_error: 'network_error' },
    { subject: id, state: 'closed', failures: 1, retry_at: null },
  ]);
  expect(ours.posts).toMatchObject({ queued: 6, scheduled: 1, held: 1, published: 1 });
  expect(ours.oldest_due_at).toEqual(expect.any(String));
  expect(ours.service_levels.map(({ name }) => name)).toContain('publish_overhead_seconds');
  await world.rows('delete from circuits');
});
