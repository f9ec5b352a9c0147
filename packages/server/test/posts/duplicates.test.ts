import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemOf } from '../accounts/support/problem.ts';
import {
  inHours,
  MUSIC,
  type PostInput,
  type PostWorld,
  startPostWorld,
} from './support/post-world.ts';

let world: PostWorld;
beforeAll(async () => {
  world = await startPostWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

function schedule(input: PostInput, hours: number, allow_duplicate = false) {
  return world.workspace.api.createPost({
    ...input,
    schedule: {
      consent: { declaration: MUSIC },
      publish_at: inHours(hours),
      check_creator: false,
      allow_duplicate,
    },
  });
}

test('the same for the same account within 24 hours asks first, and names the other', async () => {
  const input = await world.input();
  const first = await schedule(input, 1);
  const problem = await problemOf(schedule(input, 24.9));
  expect(problem).toMatchObject({ code: 'post-duplicate', status: 409 });
  expect(problem.detail).toContain(first.id);
  expect(await schedule(input, 24.9, true)).toMatchObject({ state: 'scheduled' });
});

test('the same file uploaded again is the same', async () => {
  const sha256 = 'the very same bytes';
  const input = await world.input({ media: [{ media_id: await world.media({ sha256 }) }] });
  await schedule(input, 1);
  const again = { ...input, media: [{ media_id: await world.media({ sha256 }) }] };
  expect(await problemOf(schedule(again, 2))).toMatchObject({ code: 'post-duplicate' });
});

test.each<{ name: string; change: (input: PostInput) => Promise<Partial<PostInput>> }>([
  { name: 'another caption', change: async () => ({ title: 'Another' }) },
  { name: 'other media', change: async () => ({ media: [{ media_id: await world.media() }] }) },
  { name: 'another account', change: async () => ({ account_id: await world.creator() }) },
])('$name is another post', async ({ change }) => {
  const input = await world.input();
  await schedule(input, 1);
  expect(await schedule({ ...input, ...(await change(input)) }, 1)).toMatchObject({
    state: 'scheduled',
  });
});

test('a day apart is no duplicate', async () => {
  const input = await world.input();
  await schedule(input, 1);
  expect(await schedule(input, 25.1)).toMatchObject({ state: 'scheduled' });
});

test.each(['draft', 'held', 'failed', 'canceled'] as const)(
  'one that is %s posts nothing, and does not count',
  async (state) => {
    const input = await world.input();
    await world.postIn(state, input);
    expect(await schedule(input, 1)).toMatchObject({ state: 'scheduled' });
  },
);

test.each(['queued', 'publishing', 'processing', 'in_inbox', 'published', 'unknown'] as const)(
  'one that is %s counts',
  async (state) => {
    const input = await world.input();
    await world.postIn(state, input);
    expect(await problemOf(schedule(input, 1))).toMatchObject({ code: 'post-duplicate' });
  },
);

test('of many at the same moment one is taken', async () => {
  const input = await world.input();
  const calls = Array.from({ length: 6 }, () => schedule(input, 1));
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a draft that is scheduled, and a scheduled post that is changed, are guarded too', async () => {
  const { api } = world.workspace;
  const input = await world.input();
  await schedule(input, 1);
  const consent = { declaration: MUSIC };
  const { id } = await api.createPost(input);
  const publish_at = inHours(2);
  expect(await problemOf(api.schedulePost({ id, consent, publish_at }))).toMatchObject({
    code: 'post-duplicate',
  });
  const other = await schedule({ ...input, title: 'Another' }, 3);
  const change = { id: other.id, version: other.version, title: input.title ?? '', consent };
  expect(await problemOf(api.updatePost(change))).toMatchObject({ code: 'post-duplicate' });
  expect(await api.updatePost({ ...change, allow_duplicate: true })).toMatchObject({
    state: 'scheduled',
  });
});

test('what counts is when it goes out: one sent yesterday week that is sent again now', async () => {
  const input = await world.input();
  const { id } = await world.postIn('queued', input);
  const weekAgo = `app_now() - interval '7 days'`;
  await world.rows(
    `update posts set publish_at = ${weekAgo}, state_changed_at = ${weekAgo} where id = $1`,
    [id],
  );
  expect(await problemOf(schedule(input, 1))).toMatchObject({ code: 'post-duplicate' });
  await world.rows(`update posts set state = 'published' where id = $1`, [id]);
  expect(await schedule(input, 1)).toMatchObject({ state: 'scheduled' });
});
