import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/index.ts';
import {
  brokenRules,
  INBOX_INIT,
  mediaFile,
  STATUS,
  signIn,
  type TestClient,
  uploadVideo,
} from '../support/client.ts';

let tiktok: RunningEmulator;
let client: TestClient;

beforeAll(async () => {
  tiktok = await startEmulator();
});
beforeEach(async () => {
  await tiktok.control.reset();
  await tiktok.control.moveClock({ frozen: true });
  client = await signIn(tiktok);
});
afterAll(() => tiktok.close());

const advance = (seconds: number) => tiktok.control.moveClock({ advance_seconds: seconds });
const statusOf = async (publishId: string) => (await client.status(publishId)).body.data;
const events = async () => (await tiktok.control.listWebhooks()).webhooks.map(({ event }) => event);

/** The ids as the answer spells them, digit by digit. */
async function rawIds(publishId: string): Promise<string | undefined> {
  const { text } = await client.status(publishId);
  return /"publicaly_available_post_id":(\[[^\]]*\])/.exec(text)?.[1];
}

// https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status
test('a public post is processed, complete, moderated and then has an id above 2^53', async () => {
  const publishId = await uploadVideo(client);
  const processing = await statusOf(publishId);
  expect(processing).toEqual({
    status: 'PROCESSING_UPLOAD',
    publicaly_available_post_id: [],
    uploaded_bytes: mediaFile('pass.mp4').length,
  });
  await advance(2);
  expect((await statusOf(publishId)).status).toBe('PUBLISH_COMPLETE');
  expect(await rawIds(publishId)).toBe('[]');
  await advance(1);
  const ids = await rawIds(publishId);
  expect(ids).toMatch(/^\[\d{19}\]$/);
  const { posts } = await tiktok.control.listPosts();
  expect(posts[0]?.post_ids).toEqual([ids?.slice(1, -1)]);
  // The trap that the bare number is: a plain parser rounds it.
  const [rounded] = (await statusOf(publishId)).publicaly_available_post_id;
  expect(String(rounded)).not.toBe(ids?.slice(1, -1));
  expect(await events()).toEqual(['post.publish.complete', 'post.publish.publicly_available']);
  expect(await brokenRules(tiktok)).toEqual([]);
});

test('the ids can be strings', async () => {
  await tiktok.control.patchSettings({ post_id_form: 'string' });
  const publishId = await uploadVideo(client);
  await advance(3);
  expect(await rawIds(publishId)).toMatch(/^\["\d{19}"\]$/);
});

test('a single id can come without its list', async () => {
  await tiktok.control.patchSettings({ post_id_form: 'single_number' });
  const publishId = await uploadVideo(client);
  expect(await rawIds(publishId)).toBe('[]');
  await advance(3);
  const { text } = await client.status(publishId);
  expect(text).toMatch(/"publicaly_available_post_id":\d{19},/);
});

test.each(['SELF_ONLY', 'MUTUAL_FOLLOW_FRIENDS'])(
  'a post for %s is complete without an id',
  async (level) => {
    const publishId = await uploadVideo(client, { post_info: { privacy_level: level } });
    await advance(10);
    expect((await statusOf(publishId)).status).toBe('PUBLISH_COMPLETE');
    expect(await rawIds(publishId)).toBe('[]');
    expect(await events()).toEqual(['post.publish.complete']);
  },
);

describe('drafts', () => {
  test('are delivered to the inbox, and posted as often as the creator likes', async () => {
    const publishId = await uploadVideo(client, { path: INBOX_INIT });
    await advance(2);
    expect((await statusOf(publishId)).status).toBe('SEND_TO_USER_INBOX');
    await tiktok.control.act('public_creator', {
      act: 'post_inbox',
      publish_id: publishId,
      count: 2,
    });
    expect((await statusOf(publishId)).status).toBe('PUBLISH_COMPLETE');
    await advance(1);
    expect(await rawIds(publishId)).toMatch(/^\[\d{19},\d{19}\]$/);
    await tiktok.control.act('public_creator', { act: 'post_inbox', publish_id: publishId });
    await advance(1);
    expect(await rawIds(publishId)).toMatch(/^\[\d{19},\d{19},\d{19}\]$/);
    expect(await events()).toEqual([
      'post.publish.inbox_delivered',
      'post.publish.complete',
      'post.publish.complete',
      'post.publish.publicly_available',
      'post.publish.publicly_available',
      'post.publish.complete',
      'post.publish.publicly_available',
    ]);
  });

  test('that are discarded fail as cancelled', async () => {
    const publishId = await uploadVideo(client, { path: INBOX_INIT });
    await advance(2);
    await tiktok.control.act('public_creator', { act: 'discard_inbox', publish_id: publishId });
    expect(await statusOf(publishId)).toMatchObject({
      status: 'FAILED',
      fail_reason: 'publish_cancelled',
    });
  });

  test('may be ten minutes long, whatever the creator may post directly', async () => {
    await tiktok.control.putCreator('public_creator', { max_video_post_duration_sec: 10 });
    const bytes = mediaFile('duration-61.mp4');
    const draft = await uploadVideo(client, { path: INBOX_INIT, bytes });
    const direct = await uploadVideo(client, { bytes });
    await advance(2);
    expect((await statusOf(draft)).status).toBe('SEND_TO_USER_INBOX');
    expect(await statusOf(direct)).toMatchObject({ fail_reason: 'duration_check_failed' });
  });
});

interface MediaEntry {
  readonly file: string;
  readonly kind: string;
  readonly fail_reason: string | null;
}

describe('files that are really looked at', () => {
  const index = new URL('../media/index.json', import.meta.url);
  // The index is ours; its shape is what the script that makes the files writes.
  const { files } = JSON.parse(readFileSync(index, 'utf8')) as { files: MediaEntry[] };
  const videos = files.filter(({ kind }) => kind === 'video');

  test('there is one for each reason that a video can fail for', () => {
    expect(new Set(videos.map(({ fail_reason }) => fail_reason))).toEqual(
      new Set([
        null,
        'file_format_check_failed',
        'duration_check_failed',
        'frame_rate_check_failed',
        'picture_size_check_failed',
      ]),
    );
  });

  test.each(videos)('$file ends with $fail_reason', async ({ file, fail_reason }) => {
    await tiktok.control.putCreator('limited_creator', { max_video_post_duration_sec: 60 });
    const user = await signIn(tiktok, { username: 'limited_creator' });
    const publishId = await uploadVideo(user, { bytes: mediaFile(file) });
    await advance(2);
    const { data } = (await user.status(publishId)).body;
    expect([data.status, data.fail_reason ?? null]).toEqual([
      fail_reason === null ? 'PUBLISH_COMPLETE' : 'FAILED',
      fail_reason,
    ]);
    expect(await brokenRules(tiktok)).toEqual(fail_reason === null ? [] : ['media.requirements']);
  });
});

describe('failures that are not the file', () => {
  test('the creator removed access: auth_removed', async () => {
    const publishId = await uploadVideo(client);
    await tiktok.control.act('public_creator', {
      act: 'disconnect',
      client_key: 'audited',
      reason: 1,
    });
    const again = await signIn(tiktok);
    expect((await again.status(publishId)).body.data).toMatchObject({
      status: 'FAILED',
      fail_reason: 'auth_removed',
    });
    expect(await events()).toEqual(['post.publish.failed', 'authorization.removed']);
  });

  test.each([
    [
      'spam_risk_user_banned_from_posting',
      () => tiktok.control.putCreator('public_creator', { can_post: false }),
    ],
    ['spam_risk_too_many_posts', () => tiktok.control.patchSettings({ daily_post_cap: 0 })],
  ])('the creator’s standing changed meanwhile: %s', async (reason, change) => {
    const publishId = await uploadVideo(client);
    await change();
    await advance(2);
    expect(await statusOf(publishId)).toMatchObject({ status: 'FAILED', fail_reason: reason });
  });

  test('moderation rejects what is still processed: spam_risk', async () => {
    const publishId = await uploadVideo(client);
    await tiktok.control.moderatePost(publishId, { result: 'reject' });
    expect(await statusOf(publishId)).toMatchObject({ status: 'FAILED', fail_reason: 'spam_risk' });
    await advance(10);
    expect(await events()).toEqual(['post.publish.failed']);
  });

  test.each(['spam_risk_text', 'internal', 'something_new'])(
    'a fault rule lets the post of an init end with %s',
    async (reason) => {
      await tiktok.control.addFault({
        match: { path: '/v2/post/publish/video/init/' },
        action: { fail_reason: reason },
        times: 1,
      });
      const failing = await uploadVideo(client);
      const passing = await uploadVideo(client);
      await advance(2);
      expect(await statusOf(failing)).toMatchObject({ status: 'FAILED', fail_reason: reason });
      expect((await statusOf(passing)).status).toBe('PUBLISH_COMPLETE');
    },
  );
});

describe('moderation', () => {
  test('rejects: the post stays complete and never gets an id', async () => {
    await tiktok.control.patchSettings({ moderation: 'reject' });
    const publishId = await uploadVideo(client);
    await advance(10);
    expect((await statusOf(publishId)).status).toBe('PUBLISH_COMPLETE');
    expect(await rawIds(publishId)).toBe('[]');
    expect(await events()).toEqual(['post.publish.complete']);
  });

  test('by hand: approve, then remove', async () => {
    await tiktok.control.patchSettings({ moderation: 'manual' });
    const publishId = await uploadVideo(client);
    await advance(100);
    expect(await rawIds(publishId)).toBe('[]');
    const approved = await tiktok.control.moderatePost(publishId, { result: 'approve' });
    expect(approved.post_ids).toHaveLength(1);
    expect(await rawIds(publishId)).toBe(`[${approved.post_ids[0]}]`);
    const removed = await tiktok.control.moderatePost(publishId, { result: 'remove' });
    expect(removed.post_ids).toEqual([]);
    expect(await rawIds(publishId)).toBe('[]');
    expect((await events()).at(-1)).toBe('post.publish.no_longer_publicaly_available');
    await expect(
      tiktok.control.moderatePost(publishId, { result: 'remove' }),
    ).rejects.toMatchObject({
      status: 400,
    });
  });

  test('makes no sense before the post is complete, or without a post', async () => {
    const publishId = await uploadVideo(client);
    await expect(
      tiktok.control.moderatePost(publishId, { result: 'approve' }),
    ).rejects.toMatchObject({ status: 400 });
    await expect(tiktok.control.moderatePost('none', { result: 'approve' })).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe('what a creator does in the app', () => {
  test('makes a private post public, and deletes it', async () => {
    const own = await signIn(tiktok, { username: 'private_creator' });
    const publishId = await uploadVideo(own, { post_info: { privacy_level: 'SELF_ONLY' } });
    await advance(5);
    const act = { publish_id: publishId };
    await tiktok.control.act('private_creator', { act: 'make_public', ...act });
    await advance(1);
    const { data } = (await own.status(publishId)).body;
    expect(data.publicaly_available_post_id).toHaveLength(1);
    const { creators } = await tiktok.control.listCreators();
    expect(creators.find(({ username }) => username === 'private_creator')).toMatchObject({
      private_account: false,
    });
    await tiktok.control.act('private_creator', { act: 'delete_post', ...act });
    expect(await events()).toEqual([
      'post.publish.complete',
      'post.publish.publicly_available',
      'post.publish.no_longer_publicaly_available',
    ]);
    await expect(
      tiktok.control.act('private_creator', { act: 'delete_post', ...act }),
    ).rejects.toMatchObject({ status: 400 });
  });

  test('posts a draft as a private one', async () => {
    const publishId = await uploadVideo(client, { path: INBOX_INIT });
    await advance(2);
    const result = await tiktok.control.act('public_creator', {
      act: 'post_inbox',
      publish_id: publishId,
      privacy_level: 'SELF_ONLY',
    });
    expect(result).toMatchObject({ act: 'post_inbox', post: { status: 'PUBLISH_COMPLETE' } });
    await advance(5);
    expect(await rawIds(publishId)).toBe('[]');
  });

  test.each([
    ['post_inbox of a direct post', 'public_creator', 'post_inbox', 400],
    ['discard_inbox of a direct post', 'public_creator', 'discard_inbox', 400],
    ['make_public of a public post', 'public_creator', 'make_public', 400],
    ['an act on the post of somebody else', 'private_creator', 'delete_post', 404],
    ['an act of nobody', 'nobody', 'delete_post', 404],
  ] as const)('%s makes no sense', async (_name, username, act, status) => {
    const publishId = await uploadVideo(client);
    await advance(5);
    await expect(
      tiktok.control.act(username, { act, publish_id: publishId }),
    ).rejects.toMatchObject({ status });
  });

  test('disconnecting from an unknown app makes no sense', async () => {
    await expect(
      tiktok.control.act('public_creator', { act: 'disconnect', client_key: 'none', reason: 1 }),
    ).rejects.toMatchObject({ status: 404 });
  });
});

describe('status/fetch', () => {
  test.each([{}, { publish_id: 'v_pub_file~v2-1.1' }, { publish_id: 7 }])(
    '%j: 400 invalid_publish_id',
    async (body) => {
      const answer = await client.post(STATUS, body);
      expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_publish_id']);
    },
  );

  test.each([{ username: 'private_creator' }, { client_key: 'unaudited' }])(
    'a token of %j may not see the post',
    async (other) => {
      const publishId = await uploadVideo(client);
      const answer = await (await signIn(tiktok, other)).status(publishId);
      expect([answer.status, answer.body.error.code]).toEqual([
        400,
        'token_not_authorized_for_specified_publish_id',
      ]);
    },
  );

  test.each([
    [['video.upload'], 200],
    [['video.publish'], 200],
    [['video.list'], 401],
  ])('with %j it answers %i', async (scopes, status) => {
    const publishId = await uploadVideo(client);
    expect((await (await signIn(tiktok, { scopes })).status(publishId)).status).toBe(status);
  });

  test('takes thirty requests a minute of a token', async () => {
    const publishId = await uploadVideo(client);
    const codes = [];
    for (let request = 0; request < 31; request += 1) {
      codes.push((await client.status(publishId)).body.error.code);
    }
    expect(codes).toEqual([...Array(30).fill('ok'), 'rate_limit_exceeded']);
  });
});

test('only the newest posts are retained, with their files and videos', async () => {
  await tiktok.control.patchSettings({ retain: 2, rate_limits: false });
  const ids = [];
  for (let post = 0; post < 4; post += 1) ids.push(await uploadVideo(client));
  await advance(10);
  const { posts } = await tiktok.control.listPosts();
  expect(posts.map(({ publish_id }) => publish_id)).toEqual(ids.slice(2));
  expect((await tiktok.control.getState()).counts).toMatchObject({ posts: 2, videos: 2 });
  expect((await client.status(ids[0] ?? '')).body.error.code).toBe('invalid_publish_id');
});
