import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inWorkspace } from '../../src/db/database.ts';
import { problemOf } from '../accounts/support/problem.ts';
import { addAttempt, type PostWorld, startPostWorld } from './support/post-world.ts';

let world: PostWorld;
beforeAll(async () => {
  world = await startPostWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

test.each(['draft', 'held', 'scheduled', 'queued'] as const)(
  'a post that is %s is canceled, and says so',
  async (state) => {
    const { id } = await world.postIn(state);
    const { api } = world.workspace;
    expect(await api.cancelPost({ id })).toMatchObject({
      state: 'canceled',
      reason: { code: 'canceled', words: 'A person canceled it before anything could be posted.' },
    });
    const { items } = await api.listActivity({ action: 'post.canceled' });
    expect(items).toContainEqual(expect.objectContaining({ subject_id: id, reason: state }));
  },
);

test.each([
  ['in_inbox', 'in the creator’s inbox'],
  ['published', 'published'],
  ['unknown', 'of unknown outcome'],
  ['failed', 'failed'],
  ['canceled', 'canceled'],
] as const)('a post that is %s cannot be canceled, and the words say why', async (state, words) => {
  const { id } = await world.postIn(state);
  const { api } = world.workspace;
  expect(await problemOf(api.cancelPost({ id }))).toMatchObject({
    code: 'post-state',
    status: 409,
    detail: `The post is ${words}, so it cannot be canceled.`,
  });
  expect(await api.getPost({ id })).toMatchObject({ state });
});

test.each([
  { name: 'before its init', isInitSent: false },
  { name: 'between init and the last chunk', isInitSent: true },
])('an upload is stopped $name, and its attempt never acts again', async ({ isInitSent }) => {
  const { id } = await world.postIn('publishing');
  const attemptId = await addAttempt(world, id, { source: 'FILE_UPLOAD', isInitSent });
  expect(await world.workspace.api.cancelPost({ id })).toMatchObject({
    state: 'canceled',
    phase: null,
  });
  const attempts = await world.rows('select state, outcome from attempts where id = $1', [
    attemptId,
  ]);
  expect(attempts).toEqual([{ state: 'ended', outcome: 'canceled' }]);
  expect((await world.eventsOf(id)).slice(-2)).toMatchObject([
    { type: 'post.state_changed', details: { from: 'publishing', to: 'canceled' } },
    { type: 'attempt.ended', details: { outcome: 'canceled' } },
  ]);
});

test('an upload whose last chunk is being sent cannot be canceled', async () => {
  const { id } = await world.postIn('publishing');
  await addAttempt(world, id, { source: 'FILE_UPLOAD', isInitSent: true, isFenced: true });
  expect(await problemOf(world.workspace.api.cancelPost({ id }))).toMatchObject({
    code: 'post-state',
    detail: expect.stringContaining('The last part of the video is being sent'),
  });
  expect(await world.workspace.api.getPost({ id })).toMatchObject({ state: 'publishing' });
});

test('an upload that TikTok processes cannot be canceled', async () => {
  const { id } = await world.postIn('processing');
  await addAttempt(world, id, { source: 'FILE_UPLOAD', isInitSent: true, isFenced: true });
  expect(await problemOf(world.workspace.api.cancelPost({ id }))).toMatchObject({
    code: 'post-state',
    detail: expect.stringContaining('being processed by TikTok'),
  });
});

test('a pull whose init was not sent is stopped here, without asking TikTok', async () => {
  const { id } = await world.postIn('publishing');
  await addAttempt(world, id, { source: 'PULL_FROM_URL' });
  expect(await world.workspace.api.cancelPost({ id })).toMatchObject({ state: 'canceled' });
  const { requests } = await world.tiktok.control.listRequests();
  expect(requests.filter(({ path }) => path.includes('/cancel'))).toEqual([]);
});

describe('what TikTok pulls', () => {
  const acts = async (id: string) => {
    const { items } = await world.workspace.api.listActivity({ limit: 100 });
    return items.flatMap(({ action, subject_id }) => (subject_id === id ? [action] : []));
  };

  test('keeps the wish while its init is under way, and says that it was asked for', async () => {
    const { id } = await world.postIn('publishing');
    await addAttempt(world, id, { source: 'PULL_FROM_URL', isInitSent: true });
    expect(await world.workspace.api.cancelPost({ id })).toMatchObject({ state: 'publishing' });
    const wished = 'select from posts where id = $1 and cancel_asked_at is not null';
    expect(await world.rows(wished, [id])).toHaveLength(1);
    expect(await acts(id)).toContain('post.cancel_asked');
    expect(await acts(id)).not.toContain('post.canceled');
  });

  test('is not called canceled when it is too late', async () => {
    const { id } = await world.postIn('processing');
    await addAttempt(world, id, { source: 'PULL_FROM_URL', isInitSent: true, isFenced: true });
    await world.rows(`update posts set publish_id = 'v_pub_url~1' where id = $1`, [id]);
    await world.tiktok.control.addFault({
      match: { path: '/v2/post/publish/cancel/' },
      action: { status: 400, code: 'publish_not_cancellable' },
      times: 1,
    });
    expect(await problemOf(world.workspace.api.cancelPost({ id }))).toMatchObject({
      code: 'post-state',
    });
    expect(await acts(id)).toContain('post.cancel_asked');
    expect(await acts(id)).not.toContain('post.canceled');
  });
});

test('an upload that is canceled leaves no upload URL behind', async () => {
  const { id } = await world.postIn('publishing');
  const attemptId = await addAttempt(world, id, { source: 'FILE_UPLOAD', isInitSent: true });
  await world.rows('update attempts set upload_sealed = $2 where id = $1', [
    attemptId,
    Buffer.from('sealed'),
  ]);
  await world.workspace.api.cancelPost({ id });
  const kept = 'select from attempts where id = $1 and upload_sealed is not null';
  expect(await world.rows(kept, [attemptId])).toEqual([]);
});

test('the fence and the cancel never both win', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { id } = await world.postIn('publishing');
    const attemptId = await addAttempt(world, id, { source: 'FILE_UPLOAD', isInitSent: true });
    const fence = inWorkspace(world.services.database, world.workspace.id, async (tx) => {
      // As the transfer commits it before the last chunk: the post first, then its open attempt.
      await tx.updateTable('posts').set({ bytes_confirmed: 1 }).where('id', '=', id).execute();
      const fenced = await tx
        .updateTable('attempts')
        .set({ fence_at: new Date() })
        .where('id', '=', attemptId)
        .where('state', '=', 'open')
        .executeTakeFirst();
      return fenced.numUpdatedRows === 1n;
    });
    const cancel = world.workspace.api.cancelPost({ id }).then(
      () => true,
      () => false,
    );
    const [isFenced, isCanceled] = await Promise.all([fence, cancel]);
    expect([isFenced, isCanceled].filter(Boolean)).toHaveLength(1);
  }
});
