import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CAP_WINDOW_MS } from '../../src/publishing/limits/caps.ts';
import { startWorld, type World } from '../accounts/support/world.ts';
import { resolveAsSeen } from '../posts/support/resolve-as-seen.ts';
import { type Followed, Follower } from './support/followed.ts';

// What is told of a post that a person has settled, or of an attempt that was left behind.

let world: World;
let follower: Follower;
beforeAll(async () => {
  world = await startWorld();
  const webhook_url = `${world.url}/webhooks/tiktok`;
  await world.tiktok.control.putApp('audited', { webhook_url });
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.tiktok.control.patchSettings({ rate_limits: false, caps: false });
  await world.rows('delete from webhook_events');
  follower = await Follower.connect(world);
});

const lost = { state: 'unknown', isAnswerLost: true } as const;
const ID = '7678907398077074696';

/** Sends an event as TikTok's console does, about a post of the creator, and processes it. */
async function tell(event: string, { publishId }: Followed, content: Record<string, string> = {}) {
  await world.tiktok.control.sendWebhook({
    event,
    client_key: 'audited',
    username: follower.username,
    content: { publish_id: publishId, ...content },
  });
  await world.tiktok.control.waitIdle();
  await follower.hear();
}

/** Lets the attempt of a post have a place under the caps of the day. */
async function takePlace({ attemptId }: Followed): Promise<void> {
  await world.rows(
    `insert into cap_uses (attempt_id, cap, creator, app, taken_at)
      values ($1, 'posts', '\\x01', '\\x02', app_now())`,
    [attemptId],
  );
}

/** For how many minutes more the place of an attempt is taken; nothing if it has none. */
async function placeOf({ attemptId }: Followed): Promise<number | undefined> {
  const [row] = await world.rows<{ minutes: number }>(
    `select (extract(epoch from taken_at - app_now()) + $2 / 1000) / 60 as minutes
      from cap_uses where attempt_id = $1`,
    [attemptId, CAP_WINDOW_MS],
  );
  return row && Math.round(Number(row.minutes));
}

describe('a person says that it was posted', () => {
  test('without an id: its id is looked for, as for any public post', async () => {
    const post = await follower.make({ ...lost, title: `found ${randomUUID()}` });
    await follower.settleTikTok();
    await world.rows('delete from webhook_events');
    const { api } = world.workspace;
    await resolveAsSeen(api, post.postId, { outcome: 'posted' });
    expect(await follower.see(post)).toMatchObject({ state: 'published', visibility: 'pending' });
    await world.rows(
      "update posts set state_changed_at = app_now() - interval '11 minutes' where id = $1",
      [post.postId],
    );
    await follower.poll();
    const seen = await follower.see(post);
    expect(seen).toMatchObject({ visibility: 'public', post_ids: [expect.any(String)] });
  });

  test('a private one is private, and nothing more is looked for', async () => {
    const post = await follower.make({ ...lost, privacyLevel: 'SELF_ONLY' });
    await resolveAsSeen(world.workspace.api, post.postId, { outcome: 'posted' });
    expect(await follower.see(post)).toMatchObject({ visibility: 'private', next_poll_at: null });
  });

  test('the id that they saw stays when TikTok tells of another', async () => {
    const post = await follower.make({ state: 'unknown', isUploaded: false });
    const { api } = world.workspace;
    await resolveAsSeen(api, post.postId, { outcome: 'posted', post_id: ID });
    expect(await follower.see(post)).toMatchObject({ visibility: 'public', next_poll_at: null });
    await tell('post.publish.publicly_available', post, { post_id: `${ID}1` });
    expect((await follower.see(post)).post_ids).toEqual([ID, `${ID}1`]);
  });
});

describe('the place of the day', () => {
  test('of a post that was not posted, as a person says, counts for an hour more', async () => {
    const post = await follower.make(lost);
    await takePlace(post);
    await resolveAsSeen(world.workspace.api, post.postId, { outcome: 'not_posted' });
    expect(await placeOf(post)).toBe(61);
  });

  test('of a draft is given back when a person says that its creator posted it', async () => {
    const post = await follower.make({ ...lost, postMode: 'MEDIA_UPLOAD' });
    await takePlace(post);
    await resolveAsSeen(world.workspace.api, post.postId, { outcome: 'posted' });
    expect(await placeOf(post)).toBeUndefined();
  });

  test('of a post that was posted, as a person says, counts for its day', async () => {
    const post = await follower.make(lost);
    await takePlace(post);
    await resolveAsSeen(world.workspace.api, post.postId, { outcome: 'posted' });
    expect(await placeOf(post)).toBe(24 * 60 + 1);
  });

  test('of an attempt that was left behind is given back when TikTok fails it', async () => {
    const post = await follower.make({ state: 'publishing', isOpen: false, isUploaded: false });
    await takePlace(post);
    await world.rows(
      `with next as (insert into attempts (id, workspace_id, post_id, account_id, number, source)
         select gen_random_uuid(), workspace_id, id, account_id, 2, 'FILE_UPLOAD' from posts where id = $1 returning id)
       update posts set attempt_id = (select id from next), attempts = 2 where id = $1`,
      [post.postId],
    );
    await tell('post.publish.failed', post, { reason: 'internal' });
    expect((await follower.see(post)).state).toBe('publishing');
    expect(await placeOf(post)).toBeUndefined();
  });
});

describe('TikTok tells of a post by an unfamiliar publish_id, and it was sent again already', () => {
  const sentAgain = async (made: Followed) => {
    await world.rows("update posts set state = 'queued', not_before = 'infinity' where id = $1", [
      made.postId,
    ]);
    return made;
  };

  test('somebody is told: it may be there twice', async () => {
    const post = await sentAgain(await follower.make({ ...lost, isUploaded: false }));
    await tell('post.publish.complete', post);
    expect(await follower.see(post)).toMatchObject({ state: 'queued', publish_id: null });
    expect(await follower.events(post)).toEqual(['post.contradicted']);
  });

  test('not where two could be meant, nor about what failed', async () => {
    const one = await sentAgain(await follower.make({ ...lost, isUploaded: false }));
    await tell('post.publish.failed', one, { reason: 'internal' });
    const other = await sentAgain(await follower.make({ ...lost, isUploaded: false }));
    await tell('post.publish.complete', other);
    for (const post of [one, other]) expect(await follower.events(post)).toEqual([]);
  });
});
