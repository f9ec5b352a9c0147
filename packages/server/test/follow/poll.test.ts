import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../accounts/support/world.ts';
import { Follower } from './support/followed.ts';

let world: World;
let follower: Follower;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  const { control } = world.tiktok;
  for (const { id } of (await control.listFaults()).faults) await control.deleteFault(id);
  await control.patchSettings({ moderation: 'approve', rate_limits: false, caps: false });
  // What former tests left is none of this one's.
  await world.rows('update posts set next_poll_at = null');
  follower = await Follower.connect(world);
});

const STATUS = '/v2/post/publish/status/fetch/';

test('a post that TikTok works on stays as it is, and is asked about again', async () => {
  const post = await follower.make({ isUploaded: true });
  await follower.poll();
  expect(await follower.see(post)).toMatchObject({ state: 'processing', polls: 1 });
  expect((await follower.see(post)).next_poll_at).not.toBeNull();
});

test('a status that TikTok does not document is told of once, and asked about until it is over', async () => {
  const post = await follower.make({ isUploaded: true });
  const body = { data: { status: 'REVIEWING' }, error: { code: 'ok', message: '', log_id: 'L1' } };
  await world.tiktok.control.addFault({
    match: { path: STATUS },
    action: {
      status: 200,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    },
  });
  await follower.poll();
  await world.rows('update posts set next_poll_at = app_now() where id = $1', [post.postId]);
  await follower.poll();
  const seen = await follower.see(post);
  expect(seen).toMatchObject({ state: 'processing', polls: 2, wait_reason: 'status_unknown' });
  expect(seen.next_poll_at).not.toBeNull();
  const told = await world.rows(
    "select details from events where post_id = $1 and type = 'post.waits'",
    [post.postId],
  );
  expect(told).toEqual([
    { details: { reason: 'status_unknown', status: 'REVIEWING', until: null } },
  ]);
});

test('a public post is published, and its id follows when TikTok tells it, digit by digit', async () => {
  await world.tiktok.control.patchSettings({ moderation: 'manual' });
  const post = await follower.make();
  await follower.settleTikTok();
  await follower.poll();
  const pending = await follower.see(post);
  expect(pending).toMatchObject({ state: 'published', visibility: 'pending', post_ids: [] });
  expect(pending.next_poll_at).not.toBeNull();

  await world.tiktok.control.moderatePost(post.publishId, { result: 'approve' });
  await follower.poll();
  const { posts } = await world.tiktok.control.listPosts();
  const ids = posts.find(({ publish_id }) => publish_id === post.publishId)?.post_ids;
  expect(ids?.[0]).toMatch(/^\d{19}$/);
  expect(await follower.see(post)).toMatchObject({
    state: 'published',
    visibility: 'public',
    post_ids: ids,
    next_poll_at: null,
  });
  expect(await follower.events(post)).toEqual([
    'request.answered',
    'post.state_changed',
    'post.visibility_changed',
    'request.answered',
    'post.visibility_changed',
  ]);
});

test('an id that TikTok never tells is found among the public videos, after a while', async () => {
  const post = await follower.make({ title: 'the harbour at six' });
  await follower.settleTikTok();
  const answer = {
    data: { status: 'PUBLISH_COMPLETE' },
    error: { code: 'ok', message: '', log_id: 'x' },
  };
  await world.tiktok.control.addFault({
    match: { path: STATUS },
    action: { status: 200, body: JSON.stringify(answer) },
  });
  await follower.poll();
  await follower.poll();
  expect(await follower.see(post)).toMatchObject({ visibility: 'pending', post_ids: [] });
  await world.rows(
    "update posts set state_changed_at = app_now() - interval '11 minutes' where id = $1",
    [post.postId],
  );
  await follower.poll();
  const seen = await follower.see(post);
  expect(seen).toMatchObject({ state: 'published', visibility: 'public', next_poll_at: null });
  expect(seen.post_ids).toHaveLength(1);
});

test('a private post is private, and nothing more is asked', async () => {
  const post = await follower.make({ privacyLevel: 'SELF_ONLY' });
  await follower.settleTikTok();
  await follower.poll();
  const is = { state: 'published', visibility: 'private', next_poll_at: null };
  expect(await follower.see(post)).toMatchObject(is);
});

test('a draft comes into the inbox, is posted twice, and both posts are known', async () => {
  const post = await follower.make({ postMode: 'MEDIA_UPLOAD' });
  await follower.settleTikTok();
  await follower.poll();
  expect(await follower.see(post)).toMatchObject({
    state: 'in_inbox',
    state_reason: 'delivered_to_inbox',
  });

  const posting = { act: 'post_inbox', publish_id: post.publishId, count: 2 } as const;
  await world.tiktok.control.act(follower.username, posting);
  await follower.settleTikTok();
  await follower.poll();
  const seen = await follower.see(post);
  expect(seen).toMatchObject({
    state: 'published',
    state_reason: 'posted_from_inbox',
    visibility: 'public',
  });
  expect(seen.post_ids).toHaveLength(2);

  await world.tiktok.control.act(follower.username, { ...posting, count: 1 });
  await follower.settleTikTok();
  await follower.poll();
  expect((await follower.see(post)).post_ids).toHaveLength(3);
});

test('a discarded draft has failed, by the creator', async () => {
  const post = await follower.make({ postMode: 'MEDIA_UPLOAD' });
  await follower.settleTikTok();
  await follower.poll();
  await world.tiktok.control.act(follower.username, {
    act: 'discard_inbox',
    publish_id: post.publishId,
  });
  await follower.poll();
  expect(await follower.see(post)).toMatchObject({ state: 'failed', state_reason: 'discarded' });
});

test.each(['spam_risk', 'internal', 'picture_size_check_failed', 'made_up_tomorrow'])(
  'a post that fails by %s says so',
  async (failReason) => {
    await world.tiktok.control.addFault({
      match: { path: '/v2/post/publish/video/init/' },
      action: { fail_reason: failReason },
      times: 1,
    });
    const post = await follower.make();
    await follower.settleTikTok();
    await follower.poll();
    expect(await follower.see(post)).toMatchObject({
      state: 'failed',
      state_reason: failReason,
      state_details: { by: 'status', fail_reason: true },
      next_poll_at: null,
    });
  },
);

describe('what keeps TikTok from answering changes nothing about the post:', () => {
  test.each([
    { name: 'a fault inside TikTok', action: { status: 500, code: 'internal_error' }, waits: null },
    { name: 'a cut connection', action: { drop: 'before' }, waits: null },
    { name: 'an answer of 429', action: { status: 429, code: 'rate_limit_exceeded' }, waits: null },
    {
      name: 'a publish_id that TikTok forgot',
      action: { status: 400, code: 'invalid_publish_id' },
      waits: 'invalid_publish_id',
    },
  ] as const)('$name', async ({ action, waits }) => {
    const post = await follower.make();
    await follower.settleTikTok();
    await world.tiktok.control.addFault({ match: { path: STATUS }, action, times: 1 });
    await follower.poll();
    const seen = await follower.see(post);
    expect(seen).toMatchObject({ state: 'processing', wait_reason: waits, polls: 1 });
    expect(seen.next_poll_at).not.toBeNull();
    await follower.poll();
    expect(await follower.see(post)).toMatchObject({ state: 'published', wait_reason: null });
  });

  test('our own ledger has no slot: it is asked when there is one', async () => {
    const posts = await Promise.all(Array.from({ length: 31 }, () => follower.make()));
    await follower.settleTikTok();
    await follower.poll();
    const states = await Promise.all(posts.map((post) => follower.see(post)));
    expect(states.filter(({ state }) => state === 'published')).toHaveLength(30);
    const [late] = states.filter(({ state }) => state === 'processing');
    const now = world.services.clock.now().getTime();
    // By the window's end, not by the rhythm of a fresh post.
    expect(late?.next_poll_at?.getTime()).toBeGreaterThan(now + 20_000);
  });
});

describe('an account that was disconnected', () => {
  test('is not asked about any more, says why once, and is again when it is back', async () => {
    const post = await follower.make();
    await follower.settleTikTok();
    await world.rows('update accounts set state = $2, state_reason = $3 where id = $1', [
      follower.accountId,
      'reconnect_needed',
      'removed_by_creator',
    ]);
    const before = (await world.tiktok.control.listRequests()).requests.length;
    await follower.poll();
    await follower.poll();
    expect((await world.tiktok.control.listRequests()).requests).toHaveLength(before);
    expect(await follower.see(post)).toMatchObject({
      state: 'processing',
      wait_reason: 'account_away',
    });
    expect((await follower.events(post)).filter((type) => type === 'post.waits')).toHaveLength(1);

    await world.rows("update accounts set state = 'connected', state_reason = null where id = $1", [
      follower.accountId,
    ]);
    await follower.poll();
    expect(await follower.see(post)).toMatchObject({ state: 'published', wait_reason: null });
  });
});

test('of many sweeps at once each post is one’s', async () => {
  const posts = await Promise.all(Array.from({ length: 8 }, () => follower.make()));
  await follower.settleTikTok();
  const { requests: before } = await world.tiktok.control.listRequests();
  await world.rows('update posts set next_poll_at = app_now() where next_poll_at is not null');
  await Promise.all(Array.from({ length: 6 }, () => follower.sweep()));
  const { requests } = await world.tiktok.control.listRequests({ after: before.at(-1)?.id ?? 0 });
  expect(requests.filter(({ path }) => path === STATUS)).toHaveLength(posts.length);
});

describe('a post that is unknown', () => {
  const unknown = { state: 'unknown', isAnswerLost: true, source: 'PULL_FROM_URL' } as const;

  test('is settled by the account’s newest public videos', async () => {
    const post = await follower.make({ ...unknown, title: 'first light over the harbour' });
    await follower.poll();
    expect(await follower.see(post)).toMatchObject({ state: 'unknown' });
    await follower.settleTikTok();
    await follower.poll();
    const seen = await follower.see(post);
    expect(seen).toMatchObject({
      state: 'published',
      visibility: 'public',
      state_details: { by: 'videos' },
    });
    expect(seen.post_ids).toHaveLength(1);
  });

  test('stays so without the scope video.list, and TikTok is not asked', async () => {
    follower = await Follower.connect(world, ['user.info.basic', 'video.publish', 'video.upload']);
    const post = await follower.make({ ...unknown, title: 'only I know' });
    await follower.settleTikTok();
    await follower.poll();
    expect(await follower.see(post)).toMatchObject({ state: 'unknown', wait_reason: null });
  });

  test('stays so beside another one with the same text', async () => {
    const one = await follower.make({ ...unknown, title: 'twice' });
    const other = await follower.make({ ...unknown, title: 'twice' });
    await follower.settleTikTok();
    await follower.poll();
    for (const post of [one, other]) {
      expect(await follower.see(post)).toMatchObject({ state: 'unknown' });
    }
  });
});
