import { readFile } from 'node:fs/promises';
import { type RunningEmulator, startEmulator } from '@greenroom/emulator';
import { type RateLimiter, TikTokApiError, TikTokClient } from '@greenroom/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';

const MEDIA = new URL('../../../../examples/demo/media/', import.meta.url);
const PULL = { 'video/mp4': 'greenroom-demo.mp4', 'image/webp': 'greenroom-demo-2.webp' } as const;

let emulator: RunningEmulator;
let video: Buffer;

beforeAll(async () => {
  emulator = await startEmulator({ settings: { rate_limits: false, caps: false } });
  video = await readFile(new URL(PULL['video/mp4'], MEDIA));
});
afterAll(() => emulator.close());
beforeEach(() => emulator.control.reset());

const unlimited: RateLimiter = { acquire: async () => {}, state: () => [] };

async function connect(username = 'public_creator', scopes?: string[]) {
  const { access_token } = await emulator.control.createToken({
    client_key: 'audited',
    username,
    ...(scopes === undefined ? {} : { scopes }),
  });
  return clientOf(access_token);
}

function clientOf(accessToken: string) {
  return new TikTokClient({
    accessToken,
    baseUrl: emulator.url,
    limiter: unlimited,
    maxRetries: 0,
  });
}

/** Serves the demo media, for TikTok to fetch. */
function serveMedia() {
  return startServer((response, request) => {
    const type = request.url.endsWith('.mp4') ? 'video/mp4' : 'image/webp';
    void readFile(new URL(PULL[type], MEDIA)).then((bytes) => {
      response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes);
    });
  });
}

function fileSource() {
  const size = video.length;
  return {
    source: 'FILE_UPLOAD',
    video_size: size,
    chunk_size: size,
    total_chunk_count: 1,
  } as const;
}

/** Sends the whole video as TikTok documents it, without the upload part of the SDK. */
async function put(uploadUrl: string | undefined): Promise<number> {
  const { length } = video;
  const answer = await fetch(uploadUrl ?? '', {
    method: 'PUT',
    headers: { 'content-type': 'video/mp4', 'content-range': `bytes 0-${length - 1}/${length}` },
    body: new Uint8Array(video),
  });
  return answer.status;
}

const PRIVATE = { privacy_level: 'SELF_ONLY' } as const;

test('creator info: a public creator', async () => {
  const client = await connect();
  expect(await client.queryCreatorInfo()).toMatchObject({
    creator_username: 'public_creator',
    creator_nickname: 'Public Creator',
    privacy_level_options: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
    comment_disabled: false,
    max_video_post_duration_sec: 600,
  });
});

test('creator info: a private creator', async () => {
  const client = await connect('private_creator');
  const { privacy_level_options, duet_disabled } = await client.queryCreatorInfo();
  expect(privacy_level_options).toContain('FOLLOWER_OF_CREATOR');
  expect(duet_disabled).toBe(true);
});

test('a file, posted directly, ends public with its ids exact', async () => {
  const client = await connect();
  const post_info = { privacy_level: 'PUBLIC_TO_EVERYONE', title: 'hello #tiktok' };
  const { publish_id, upload_url } = await client.initVideo({
    post_info,
    source_info: fileSource(),
  });
  expect(publish_id).toMatch(/^v_pub_file~/);
  expect(await client.fetchStatus(publish_id)).toMatchObject({ status: 'PROCESSING_UPLOAD' });
  expect(await put(upload_url)).toBe(201);
  await emulator.control.waitIdle({ advance: true });
  const status = await client.fetchStatus(publish_id);
  const { posts } = await emulator.control.listPosts();
  expect(status.status).toBe('PUBLISH_COMPLETE');
  expect(status.publicaly_available_post_id).toEqual(posts[0]?.post_ids);
  expect(status.publicaly_available_post_id[0]).toMatch(/^\d{19}$/);
});

test('ids as text are the same', async () => {
  await emulator.control.patchSettings({ post_id_form: 'string' });
  const client = await connect();
  const { publish_id, upload_url } = await client.initVideo({
    post_info: { privacy_level: 'PUBLIC_TO_EVERYONE' },
    source_info: fileSource(),
  });
  await put(upload_url);
  await emulator.control.waitIdle({ advance: true });
  const { publicaly_available_post_id } = await client.fetchStatus(publish_id);
  const { posts } = await emulator.control.listPosts();
  expect(publicaly_available_post_id).toEqual(posts[0]?.post_ids);
});

test('a URL, posted directly', async () => {
  await using media = await serveMedia();
  const client = await connect();
  const { publish_id, upload_url } = await client.initVideo({
    post_info: PRIVATE,
    source_info: { source: 'PULL_FROM_URL', video_url: `${media.url}/a.mp4` },
  });
  expect(publish_id).toMatch(/^v_pub_url~/);
  expect(upload_url).toBeUndefined();
  await emulator.control.waitIdle({ advance: true });
  const status = await client.fetchStatus(publish_id);
  expect(status).toMatchObject({ status: 'PUBLISH_COMPLETE', publicaly_available_post_id: [] });
});

test('a file, sent to the inbox', async () => {
  const client = await connect();
  const { publish_id, upload_url } = await client.initInboxVideo({ source_info: fileSource() });
  expect(publish_id).toMatch(/^v_inbox_file~/);
  await put(upload_url);
  await emulator.control.waitIdle({ advance: true });
  expect((await client.fetchStatus(publish_id)).status).toBe('SEND_TO_USER_INBOX');
  await emulator.control.act('public_creator', { act: 'post_inbox', publish_id, count: 2 });
  await emulator.control.waitIdle({ advance: true });
  const status = await client.fetchStatus(publish_id);
  expect(status.status).toBe('PUBLISH_COMPLETE');
  expect(status.publicaly_available_post_id).toHaveLength(2);
});

test.each([
  ['DIRECT_POST', 'PUBLISH_COMPLETE'],
  ['MEDIA_UPLOAD', 'SEND_TO_USER_INBOX'],
] as const)('photos by %s end as %s', async (post_mode, expected) => {
  await using media = await serveMedia();
  const client = await connect();
  const { publish_id } = await client.initPhotos({
    post_mode,
    post_info: { title: 'three rooms', description: 'one lamp', ...PRIVATE },
    source_info: {
      source: 'PULL_FROM_URL',
      photo_images: [`${media.url}/1.webp`, `${media.url}/2.webp`],
      photo_cover_index: 1,
    },
  });
  expect(publish_id).toMatch(/^p_pub_url~/);
  await emulator.control.waitIdle({ advance: true });
  expect((await client.fetchStatus(publish_id)).status).toBe(expected);
});

test('a pull that hangs is cancelled; a second cancel says that it is too late', async () => {
  await using media = await startServer(() => {});
  const client = await connect();
  const { publish_id } = await client.initVideo({
    post_info: PRIVATE,
    source_info: { source: 'PULL_FROM_URL', video_url: `${media.url}/a.mp4` },
  });
  await expect.poll(() => media.requests.length).toBeGreaterThan(0);
  await client.cancelPost(publish_id);
  await expect
    .poll(() => client.fetchStatus(publish_id))
    .toMatchObject({ status: 'FAILED', fail_reason: 'publish_cancelled' });
  const again = client.cancelPost(publish_id);
  await expect(again).rejects.toMatchObject({ code: 'publish_not_cancellable', status: 400 });
});

test('the user, field by field', async () => {
  const client = await connect();
  const fields = ['open_id', 'display_name', 'username', 'is_verified', 'likes_count'] as const;
  const user = await client.getUserInfo(fields);
  expect(Object.keys(user).sort()).toEqual([...fields].sort());
  expect(user).toMatchObject({ username: 'public_creator', is_verified: false });
  expect(user.likes_count).toBeTypeOf('number');
});

test('the videos, page by page, and by their ids', async () => {
  const client = await connect();
  for (let i = 0; i < 3; i += 1) {
    const post_info = { privacy_level: 'PUBLIC_TO_EVERYONE', title: `video ${i}` };
    const { upload_url } = await client.initVideo({ post_info, source_info: fileSource() });
    await put(upload_url);
    await emulator.control.waitIdle({ advance: true });
    await emulator.control.moveClock({ advance_seconds: 10 });
  }
  const ids: string[] = [];
  for await (const video of client.listVideos({ fields: ['id', 'create_time'], max_count: 2 })) {
    ids.push(video.id ?? '');
    expect(video.create_time).toBeTypeOf('number');
  }
  const { posts } = await emulator.control.listPosts();
  const posted = posts.flatMap(({ post_ids }) => post_ids);
  expect(ids.toSorted()).toEqual(posted.toSorted());
  const first = await client.listVideosPage({ fields: ['id'], max_count: 2 });
  expect(first).toMatchObject({ videos: ids.slice(0, 2).map((id) => ({ id })), has_more: true });
  const [queried] = await client.queryVideos(
    [ids[0] ?? '', '7000000000000000000'],
    ['id', 'video_description'],
  );
  expect(queried).toMatchObject({ id: ids[0] });
});

describe('honest refusals', () => {
  const init = (client: TikTokClient) =>
    client.initVideo({ post_info: PRIVATE, source_info: fileSource() });

  test.each<[string, string, number, () => Promise<unknown>]>([
    [
      'no token of its',
      'access_token_invalid',
      401,
      () => clientOf('act.nobody').queryCreatorInfo(),
    ],
    [
      'a scope that was not granted',
      'scope_not_authorized',
      401,
      async () => (await connect('public_creator', ['video.upload'])).queryCreatorInfo(),
    ],
    [
      'an unknown post',
      'invalid_publish_id',
      400,
      async () => (await connect()).fetchStatus('v_pub_file~v2-1.1'),
    ],
    [
      'a privacy level that the creator has not',
      'privacy_level_option_mismatch',
      403,
      async () =>
        (await connect()).initVideo({
          post_info: { privacy_level: 'FOLLOWER_OF_CREATOR' },
          source_info: fileSource(),
        }),
    ],
    [
      'a wrong chunk size',
      'invalid_params',
      400,
      async () =>
        (await connect()).initVideo({
          post_info: PRIVATE,
          source_info: { ...fileSource(), chunk_size: video.length - 1 },
        }),
    ],
    [
      'a URL of a stranger',
      'url_ownership_unverified',
      403,
      async () =>
        (await connect()).initVideo({
          post_info: PRIVATE,
          source_info: { source: 'PULL_FROM_URL', video_url: 'https://media.example.com/a.mp4' },
        }),
    ],
  ])('for %s: %s', async (_why, code, status, call) => {
    const error = call();
    await expect(error).rejects.toBeInstanceOf(TikTokApiError);
    await expect(error).rejects.toMatchObject({ code, status, isRepeatSafe: true });
    await expect(error).rejects.toHaveProperty('logId', expect.stringMatching(/^\d{14}/));
  });

  test("another account's post", async () => {
    const { publish_id } = await init(await connect());
    const error = (await connect('private_creator')).fetchStatus(publish_id);
    await expect(error).rejects.toMatchObject({
      code: 'token_not_authorized_for_specified_publish_id',
    });
  });

  test('the daily cap, by status 200 of the creator info', async () => {
    await emulator.control.patchSettings({ caps: true, daily_post_cap: 1 });
    const client = await connect();
    const { upload_url } = await init(client);
    await put(upload_url);
    const code = 'spam_risk_too_many_posts';
    await expect(client.queryCreatorInfo()).rejects.toMatchObject({ code, status: 200 });
    await expect(init(client)).rejects.toMatchObject({ code, status: 403 });
  });

  test('the seventh init of a minute, where the limiter does not keep it back', async () => {
    await emulator.control.patchSettings({ rate_limits: true });
    const client = await connect();
    for (let i = 0; i < 6; i += 1) await init(client);
    await expect(init(client)).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      status: 429,
      isRetryable: true,
    });
    await emulator.control.patchSettings({ rate_limits: false });
  });
});

describe('an init whose answer is lost', () => {
  test.each([
    ['before it was seen', 'before', 0],
    ['after the post was made', 'after', 1],
  ] as const)('%s is not sent again', async (_when, drop, made) => {
    const client = await connect();
    await emulator.control.addFault({
      match: { path: '/v2/post/publish/video/init/' },
      action: { drop },
    });
    const error = client.initVideo({ post_info: PRIVATE, source_info: fileSource() });
    await expect(error).rejects.toMatchObject({ isRepeatSafe: false, isRetryable: false });
    const { posts } = await emulator.control.listPosts();
    expect(posts).toHaveLength(made);
  });
});

test('a read gets through faults by itself', async () => {
  const client = new TikTokClient({
    accessToken: (
      await emulator.control.createToken({ client_key: 'audited', username: 'public_creator' })
    ).access_token,
    baseUrl: emulator.url,
    limiter: unlimited,
    sleep: async () => {},
  });
  await emulator.control.addFault({ action: { status: 500, code: 'internal_error' }, times: 1 });
  await emulator.control.addFault({ action: { drop: 'before' }, times: 1 });
  await emulator.control.addFault({ action: { truncate_bytes: 20 }, times: 1 });
  expect(await client.queryCreatorInfo()).toMatchObject({ creator_username: 'public_creator' });
  expect((await emulator.control.listRequests()).requests.length).toBeGreaterThanOrEqual(1);
});

test('nothing that the client sends breaks a rule', async () => {
  await using media = await serveMedia();
  const client = await connect();
  await client.queryCreatorInfo();
  const { upload_url } = await client.initVideo({ post_info: PRIVATE, source_info: fileSource() });
  await put(upload_url);
  await client.initPhotos({
    post_mode: 'DIRECT_POST',
    post_info: { ...PRIVATE },
    source_info: {
      source: 'PULL_FROM_URL',
      photo_images: [`${media.url}/1.webp`],
      photo_cover_index: 0,
    },
  });
  await client.getUserInfo(['open_id']);
  await client.listVideosPage({ fields: ['id'] });
  await client.queryVideos(['7000000000000000000'], ['id']);
  await emulator.control.waitIdle({ advance: true });
  expect((await emulator.control.listViolations()).violations).toEqual([]);
});
