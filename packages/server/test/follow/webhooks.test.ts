import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../accounts/support/world.ts';
import { type Followed, Follower } from './support/followed.ts';

let world: World;
let follower: Follower;
beforeAll(async () => {
  world = await startWorld();
  const webhook_url = `${world.url}/webhooks/tiktok`;
  await world.tiktok.control.putApp('audited', { webhook_url });
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.tiktok.control.patchSettings({
    moderation: 'approve',
    rate_limits: false,
    caps: false,
  });
  await world.rows('delete from webhook_events');
  follower = await Follower.connect(world);
});

/** TikTok has not all of it, and so tells nothing by itself. */
const quiet = { isUploaded: false } as const;

/** What became of the events so far. */
async function outcomes(): Promise<(string | null)[]> {
  const rows = await world.rows<{ outcome: string | null }>(
    'select outcome from webhook_events order by received_at, id',
  );
  return rows.map(({ outcome }) => outcome);
}

/** Sends an event as TikTok's console does, about a post of the creator. */
async function tell(
  event: string,
  { publishId }: Pick<Followed, 'publishId'>,
  content: Record<string, string> = {},
): Promise<void> {
  await world.tiktok.control.sendWebhook({
    event,
    client_key: 'audited',
    username: follower.username,
    content: { publish_id: publishId, ...content },
  });
  await world.tiktok.control.waitIdle();
}

test('a post is finished by events alone', async () => {
  const post = await follower.make();
  await world.rows('update posts set next_poll_at = null where id = $1', [post.postId]);
  await follower.settleTikTok();
  await follower.hear();
  const seen = await follower.see(post);
  expect(seen).toMatchObject({ state: 'published', visibility: 'public', next_poll_at: null });
  expect(seen.post_ids).toHaveLength(1);
  expect(await outcomes()).toEqual(['applied', 'applied']);
});

test('a draft goes its whole way by events: delivered, posted twice, one removed', async () => {
  const post = await follower.make({ postMode: 'MEDIA_UPLOAD' });
  await follower.settleTikTok();
  await follower.hear();
  expect((await follower.see(post)).state).toBe('in_inbox');
  const { control } = world.tiktok;
  await control.act(follower.username, { act: 'post_inbox', publish_id: post.publishId, count: 2 });
  await follower.settleTikTok();
  await follower.hear();
  expect((await follower.see(post)).post_ids).toHaveLength(2);
  await control.act(follower.username, { act: 'delete_post', publish_id: post.publishId });
  await follower.settleTikTok();
  await follower.hear();
  expect(await follower.see(post)).toMatchObject({
    state: 'published',
    visibility: 'removed',
    post_ids: [],
  });
});

test('a private post that is made public later gets its id', async () => {
  const post = await follower.make({ privacyLevel: 'SELF_ONLY' });
  await follower.settleTikTok();
  await follower.hear();
  expect(await follower.see(post)).toMatchObject({ state: 'published', visibility: 'private' });
  const act = { act: 'make_public', publish_id: post.publishId } as const;
  await world.tiktok.control.act(follower.username, act);
  await follower.settleTikTok();
  await follower.hear();
  expect(await follower.see(post)).toMatchObject({ visibility: 'public' });
});

test('events in reverse order and twice end alike', async () => {
  const post = await follower.make(quiet);
  const id = '7678907398077074696';
  for (const round of ['first', 'second']) {
    await tell('post.publish.publicly_available', post, { post_id: id });
    await tell('post.publish.complete', post);
    await follower.hear();
    const is = { state: 'published', visibility: 'public', post_ids: [id] };
    expect(await follower.see(post), round).toMatchObject(is);
  }
  const moves = (await follower.events(post)).filter((type) => type === 'post.state_changed');
  expect(moves).toHaveLength(1);
});

test.each([
  { event: 'post.publish.completed', state: 'published' },
  { event: 'post.publish.failed', state: 'failed' },
  { event: 'post.publish.inbox_delivered', state: 'in_inbox' },
  { event: 'post.publish.no_longer_publicaly_available', state: 'published' },
])('$event makes it $state', async ({ event, state }) => {
  const post = await follower.make(quiet);
  await tell(event, post, { reason: 'spam_risk', post_id: '7678907398077074696' });
  await follower.hear();
  expect((await follower.see(post)).state).toBe(state);
});

test('events about nothing of ours are ended as such, and unknown ones wait', async () => {
  const nobody = { publishId: 'v_pub_file~v2-1.7000000000000000001' };
  await tell('post.publish.complete', nobody);
  await tell('video.publish.completed', nobody, { share_id: '1' });
  await tell('portability.download.ready', nobody, { request_id: '1' });
  await tell('made.up.tomorrow', nobody);
  await follower.hear();
  const rows = await world.rows(
    'select event, outcome, processed_at is not null as done from webhook_events order by event',
  );
  expect(rows).toEqual([
    { event: 'made.up.tomorrow', outcome: null, done: false },
    { event: 'portability.download.ready', outcome: 'not_ours', done: true },
    { event: 'post.publish.complete', outcome: 'unknown_post', done: true },
    { event: 'video.publish.completed', outcome: 'not_ours', done: true },
  ]);
});

describe('an event that is faster than our own commit', () => {
  test('waits while an init of the account has no answer yet, and then finds its post', async () => {
    const post = await follower.make({ ...quiet, state: 'publishing', isAnswerLost: true });
    await tell('post.publish.complete', post);
    await follower.hear();
    expect(await outcomes()).toEqual([null]);
    await world.rows(
      `update attempts set publish_id = $2, init_answered_at = app_now(), state = 'ended', outcome = 'accepted'
       where id = $1`,
      [post.attemptId, post.publishId],
    );
    await world.rows("update posts set state = 'processing', publish_id = $2 where id = $1", [
      post.postId,
      post.publishId,
    ]);
    await follower.hear();
    expect((await follower.see(post)).state).toBe('published');
    expect(await outcomes()).toEqual(['applied']);
  });

  test('waits while the post is still being published', async () => {
    const post = await follower.make({ ...quiet, state: 'publishing' });
    await tell('post.publish.complete', post);
    await follower.hear();
    expect((await follower.see(post)).state).toBe('publishing');
    expect(await outcomes()).toEqual([null]);
  });
});

test('a post that TikTok fails while it is sent has failed, and its attempt is over', async () => {
  const post = await follower.make({ ...quiet, state: 'publishing' });
  await tell('post.publish.failed', post, { reason: 'auth_removed' });
  await follower.hear();
  expect(await follower.see(post)).toMatchObject({ state: 'failed', state_reason: 'auth_removed' });
  const attempt = 'select state, outcome, error_code from attempts where id = $1';
  expect(await world.rows(attempt, [post.attemptId])).toEqual([
    { state: 'ended', outcome: 'failed', error_code: 'auth_removed' },
  ]);
});

test('that a failed post was posted after all is kept for somebody to see', async () => {
  const post = await follower.make({ ...quiet, state: 'failed' });
  await tell('post.publish.complete', post);
  await follower.hear();
  expect((await follower.see(post)).state).toBe('failed');
  expect(await follower.events(post)).toEqual(['post.contradicted']);
  expect(await outcomes()).toEqual(['contradiction']);
});

describe('an attempt that was left behind, and posted all the same', () => {
  /** A new attempt of a post, as it is begun. */
  async function beginAnew({ postId }: Followed, isInitSent: boolean): Promise<string> {
    const [next] = await world.rows<{ id: string }>(
      `insert into attempts (id, workspace_id, post_id, account_id, number, source, init_sent_at)
       select gen_random_uuid(), workspace_id, id, account_id, 2, 'FILE_UPLOAD', case when $2 then app_now() end
       from posts where id = $1 returning id`,
      [postId, isInitSent],
    );
    const id = next?.id ?? '';
    await world.rows(
      `update posts set state = 'publishing', attempt_id = $2, attempts = 2, publish_id = null where id = $1`,
      [postId, id],
    );
    await world.rows(
      `insert into cap_uses (attempt_id, cap, creator, app, taken_at) values ($1, 'posts', '', '', app_now())`,
      [id],
    );
    return id;
  }

  const attempt = (id: string) =>
    world.rows('select state, outcome from attempts where id = $1', [id]);

  test.each(['queued', 'held', 'scheduled'] as const)(
    'ends the wait of a post that is %s: it is not sent again',
    async (state) => {
      const post = await follower.make({ ...quiet, state });
      await tell('post.publish.complete', post);
      await follower.hear();
      expect(await follower.see(post)).toMatchObject({ state: 'published', visibility: 'pending' });
      expect(await outcomes()).toEqual(['applied']);
    },
  );

  test('ends a new attempt that has sent no init, and is followed from then on', async () => {
    const post = await follower.make(quiet);
    const next = await beginAnew(post, false);
    await tell('post.publish.complete', post);
    await follower.hear();
    expect(await follower.see(post)).toMatchObject({
      state: 'published',
      publish_id: post.publishId,
      visibility: 'pending',
    });
    expect(await attempt(next)).toEqual([{ state: 'ended', outcome: 'published' }]);
    expect(await world.rows('select from cap_uses where attempt_id = $1', [next])).toEqual([]);
  });

  test('is told of, when the new one has sent its init', async () => {
    const post = await follower.make(quiet);
    const next = await beginAnew(post, true);
    await tell('post.publish.complete', post);
    await follower.hear();
    expect((await follower.see(post)).state).toBe('publishing');
    expect(await attempt(next)).toEqual([{ state: 'open', outcome: null }]);
    expect(await outcomes()).toEqual(['contradiction']);
  });
});

test.each(['complete', 'failed'])('an upload URL is dropped when TikTok says %s', async (end) => {
  const post = await follower.make(quiet);
  await world.rows('update attempts set upload_sealed = $2 where id = $1', [
    post.attemptId,
    Buffer.from('sealed'),
  ]);
  await tell(`post.publish.${end}`, post, end === 'failed' ? { reason: 'spam_risk' } : {});
  await follower.hear();
  expect(await outcomes()).toEqual(['applied']);
  const kept = 'select from attempts where id = $1 and upload_sealed is not null';
  expect(await world.rows(kept, [post.attemptId])).toEqual([]);
});

describe('an unfamiliar publish_id', () => {
  const unknown = { state: 'unknown', isAnswerLost: true, source: 'PULL_FROM_URL' } as const;

  test('settles the one post that is unknown, and is its name from then on', async () => {
    const post = await follower.make(unknown);
    await follower.settleTikTok();
    await follower.hear();
    expect(await follower.see(post)).toMatchObject({
      state: 'published',
      publish_id: post.publishId,
      visibility: 'public',
    });
  });

  test('settles a draft as delivered', async () => {
    const post = await follower.make({ ...unknown, postMode: 'MEDIA_UPLOAD' });
    await follower.settleTikTok();
    await follower.hear();
    expect((await follower.see(post)).state).toBe('in_inbox');
  });

  test('settles a post as failed', async () => {
    const post = await follower.make({ ...quiet, state: 'unknown', isAnswerLost: true });
    await tell('post.publish.failed', post, { reason: 'video_pull_failed' });
    await follower.hear();
    const is = { state: 'failed', state_reason: 'video_pull_failed' };
    expect(await follower.see(post)).toMatchObject(is);
  });

  test('that our media was not fetched sends it again, for nothing was made', async () => {
    const post = await follower.make({ ...quiet, state: 'unknown', isAnswerLost: true });
    await world.rows("update attempts set source = 'PULL_FROM_URL' where id = $1", [
      post.attemptId,
    ]);
    await tell('post.publish.failed', post, { reason: 'video_pull_failed' });
    await follower.hear();
    expect(await follower.see(post)).toMatchObject({
      state: 'queued',
      state_reason: 'pull_failed',
      wait_reason: 'pull_failed',
    });
  });

  test('settles neither of two, until a person has said what became of one', async () => {
    const one = await follower.make({ ...quiet, state: 'unknown', isAnswerLost: true });
    const other = await follower.make({ ...quiet, state: 'unknown', isAnswerLost: true });
    await tell('post.publish.complete', other);
    await follower.hear();
    for (const post of [one, other]) expect((await follower.see(post)).state).toBe('unknown');
    await world.rows("update posts set state = 'failed' where id = $1", [one.postId]);
    await follower.hear();
    expect((await follower.see(other)).state).toBe('published');
  });
});

test('an account that was disconnected while TikTok worked is finished by events', async () => {
  const post = await follower.make(quiet);
  await world.rows('update accounts set state = $2, state_reason = $3 where id = $1', [
    follower.accountId,
    'reconnect_needed',
    'removed_by_creator',
  ]);
  await tell('post.publish.complete', post);
  await follower.hear();
  expect((await follower.see(post)).state).toBe('published');
});
