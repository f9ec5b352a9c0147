import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemOf } from '../accounts/support/problem.ts';
import {
  addAttempt,
  inHours,
  MUSIC,
  type Post,
  type PostWorld,
  startPostWorld,
} from './support/post-world.ts';
import { resolveAsSeen } from './support/resolve-as-seen.ts';

let world: PostWorld;
beforeAll(async () => {
  world = await startPostWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const consent = { declaration: MUSIC };
const OTHERS = [
  'draft',
  'held',
  'scheduled',
  'queued',
  'publishing',
  'processing',
  'in_inbox',
  'published',
  'canceled',
] as const;

/** A post that was tried: its attempt is over. */
async function tried(state: 'failed' | 'unknown'): Promise<Post> {
  const post = await world.postIn(state);
  const attemptId = await addAttempt(world, post.id, { source: 'FILE_UPLOAD', isInitSent: true });
  await world.rows(`update attempts set state = 'ended', outcome = 'test' where id = $1`, [
    attemptId,
  ]);
  await world.rows(
    `update posts set publish_id = 'v_pub_1', ended_at = app_now(), queued_at = app_now() - interval '1 day' where id = $1`,
    [post.id],
  );
  return world.workspace.api.getPost({ id: post.id });
}

describe('retry', () => {
  test('sends a failed post again, as a new attempt of a post that was never sent', async () => {
    const { id } = await tried('failed');
    const { api } = world.workspace;
    const post = await api.retryPost({ id });
    expect(['queued', 'publishing']).toContain(post.state);
    expect(post).toMatchObject({ publish_id: null, bytes_confirmed: 0, visibility: null });
    const { items } = await api.listActivity({ action: 'post.retried' });
    expect(items).toContainEqual(expect.objectContaining({ subject_id: id }));
    const moves = (await world.eventsOf(id)).filter(({ type }) => type === 'post.state_changed');
    expect(moves).toContainEqual(
      expect.objectContaining({ details: { from: 'failed', to: 'queued', reason: 'retried' } }),
    );
  });

  test('wants a consent to the post as it stands', async () => {
    const { id, version } = await tried('failed');
    const { api } = world.workspace;
    expect(await api.updatePost({ id, version, title: 'Without the word' })).toMatchObject({
      state: 'failed',
      consent: null,
    });
    expect(await problemOf(api.retryPost({ id }))).toMatchObject({
      code: 'post-invalid',
      errors: [{ pointer: '/consent' }],
    });
    const again = await api.retryPost({ id, consent });
    expect(again).toMatchObject({ title: 'Without the word', consent });
  });

  test('is refused when what it is made of is gone', async () => {
    const post = await tried('failed');
    await world.rows('update media set deleted_at = app_now() where id = $1', [
      post.media[0]?.media_id,
    ]);
    expect(await problemOf(world.workspace.api.retryPost({ id: post.id }))).toMatchObject({
      code: 'post-invalid',
      detail: expect.stringContaining('was deleted'),
    });
  });

  test('asks when the same went out meanwhile', async () => {
    const { id, account_id, media } = await tried('failed');
    const same = media.map(({ media_id }) => ({ media_id: media_id ?? '' }));
    const { api } = world.workspace;
    const schedule = { consent, publish_at: inHours(1), check_creator: false };
    await api.createPost({ ...(await world.input({ account_id, media: same })), schedule });
    expect(await problemOf(api.retryPost({ id }))).toMatchObject({ code: 'post-duplicate' });
    const again = await api.retryPost({ id, allow_duplicate: true });
    expect(['queued', 'publishing']).toContain(again.state);
  });

  test('names a version, if it likes', async () => {
    const { id, version } = await tried('failed');
    const retrying = world.workspace.api.retryPost({ id, version: version + 1 });
    expect(await problemOf(retrying)).toMatchObject({ code: 'version-mismatch' });
  });

  test.each([...OTHERS, 'unknown'] as const)('of a post that is %s is refused', async (state) => {
    const { id } = await world.postIn(state);
    expect(await problemOf(world.workspace.api.retryPost({ id }))).toMatchObject({
      code: 'post-state',
    });
  });
});

describe('resolve', () => {
  test('posted, with the id that a person saw', async () => {
    const { id } = await tried('unknown');
    const post_id = '7678907398077074696';
    const post = await resolveAsSeen(world.workspace.api, id, { outcome: 'posted', post_id });
    expect(post).toMatchObject({
      state: 'published',
      visibility: 'public',
      post_ids: [post_id],
      post_urls: [
        expect.stringMatching(
          /^https:\/\/www\.tiktok\.com\/@creator\..*\/video\/7678907398077074696$/,
        ),
      ],
      reason: { code: 'resolved_posted' },
    });
  });

  test('posted, without an id', async () => {
    const { id } = await tried('unknown');
    expect(await resolveAsSeen(world.workspace.api, id, { outcome: 'posted' })).toMatchObject({
      state: 'published',
      visibility: 'private',
      post_ids: [],
    });
  });

  test('not posted', async () => {
    const { id } = await tried('unknown');
    const { api } = world.workspace;
    expect(await resolveAsSeen(api, id, { outcome: 'not_posted' })).toMatchObject({
      state: 'failed',
      reason: { code: 'resolved_not_posted' },
    });
    const { items } = await api.listActivity({ action: 'post.resolved' });
    expect(items).toContainEqual(expect.objectContaining({ subject_id: id, reason: 'not_posted' }));
  });

  test('send again, which only a person may say', async () => {
    const { id } = await tried('unknown');
    const post = await resolveAsSeen(world.workspace.api, id, { outcome: 'send_again' });
    expect(['queued', 'publishing']).toContain(post.state);
    expect(post.publish_id).toBeNull();
  });

  test.each([
    ['send_again', true],
    ['not_posted', true],
    ['posted', false],
  ] as const)(
    '%s: addresses that TikTok may still pull from are revoked: %s',
    async (outcome, isRevoked) => {
      const { id, media } = await tried('unknown');
      await world.rows(
        `insert into media_urls (workspace_id, media_id, attempt_id, token_hash, expires_at)
       select workspace_id, $2, attempt_id, sha256(id::text::bytea), app_now() + interval '1 hour'
       from posts where id = $1`,
        [id, media[0]?.media_id],
      );
      await resolveAsSeen(world.workspace.api, id, { outcome });
      const urls = await world.rows(
        `select u.revoked_at is not null as is_revoked from media_urls u
       join attempts a on a.id = u.attempt_id where a.post_id = $1`,
        [id],
      );
      expect(urls).toEqual([{ is_revoked: isRevoked }]);
    },
  );

  test('send again is refused when it could not go out, and nothing is changed', async () => {
    const { id } = await tried('unknown');
    await world.rows('update posts set consent = null where id = $1', [id]);
    const { api } = world.workspace;
    expect(await problemOf(resolveAsSeen(api, id, { outcome: 'send_again' }))).toMatchObject({
      code: 'post-invalid',
    });
    expect(await api.getPost({ id })).toMatchObject({ state: 'unknown' });
  });

  test('what was seen before another attempt says nothing of that, and is refused', async () => {
    const { id } = await tried('unknown');
    const { api } = world.workspace;
    const { attempts } = await api.getPost({ id });
    const say = (outcome: 'send_again' | 'posted') => api.resolvePost({ id, outcome, attempts });
    await say('send_again');
    // Sent again, and again nobody knows.
    await world.rows(
      `update posts set state = 'unknown', state_reason = 'init_unclear', attempts = attempts + 1 where id = $1`,
      [id],
    );
    for (const outcome of ['send_again', 'posted'] as const)
      expect(await problemOf(say(outcome))).toMatchObject({ code: 'version-mismatch' });
    expect(await api.getPost({ id })).toMatchObject({ state: 'unknown' });
  });

  test.each([...OTHERS, 'failed'] as const)('of a post that is %s is refused', async (state) => {
    const { id } = await world.postIn(state);
    const resolving = resolveAsSeen(world.workspace.api, id, { outcome: 'not_posted' });
    expect(await problemOf(resolving)).toMatchObject({ code: 'post-state' });
  });
});
