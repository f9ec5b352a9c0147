import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/index.ts';
import {
  brokenRules,
  directPost,
  INBOX_INIT,
  signIn,
  type TestClient,
  VIDEO_INIT,
  wholeFile,
} from '../support/client.ts';

const lifted = { rate_limits: false, caps: false };
let tiktok: RunningEmulator;
let client: TestClient;

beforeAll(async () => {
  tiktok = await startEmulator({ settings: lifted });
});
beforeEach(async () => {
  await tiktok.control.reset();
  client = await signIn(tiktok);
});
afterAll(() => tiktok.close());

const init = (postInfo: object, sourceInfo: object = wholeFile(10)) =>
  client.post(VIDEO_INIT, {
    post_info: { privacy_level: 'SELF_ONLY', ...postInfo },
    source_info: sourceInfo,
  });

// https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
test('a direct post gets a publish_id and an upload_url, and nothing else', async () => {
  const answer = await client.post(VIDEO_INIT, directPost(10));
  expect(answer.status).toBe(200);
  expect(Object.keys(answer.body.data)).toEqual(['publish_id', 'upload_url']);
  expect(answer.body.data.publish_id).toMatch(/^v_pub_file~v2-1\.\d{19}$/);
  expect(await brokenRules(tiktok)).toEqual([]);
});

// https://developers.tiktok.com/doc/content-posting-api-reference-upload-video
test('a draft gets a publish_id of its own shape', async () => {
  const answer = await client.post(INBOX_INIT, { source_info: wholeFile(10) });
  expect(answer.body.data.publish_id).toMatch(/^v_inbox_file~v2\.\d{19}$/);
  expect(answer.body.data.upload_url).toContain('/upload?upload_id=');
});

test.each([
  [VIDEO_INIT, /^v_pub_url~v2-1\.\d{19}$/],
  [INBOX_INIT, /^v_inbox_url~v2\.\d{19}$/],
])('%s: a pull gets a publish_id of its own shape and no upload_url', async (path, shape) => {
  const answer = await client.post(path, {
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: { source: 'PULL_FROM_URL', video_url: 'http://127.0.0.1:1/a.mp4' },
  });
  expect(Object.keys(answer.body.data)).toEqual(['publish_id']);
  expect(answer.body.data.publish_id).toMatch(shape);
});

describe('refusals of the request', () => {
  test.each([
    ['no post_info', { source_info: wholeFile(10) }],
    ['no source_info', { post_info: { privacy_level: 'SELF_ONLY' } }],
    ['post_info as a list', { post_info: [], source_info: wholeFile(10) }],
    ['a caption that is no text', directPost(10, { title: 5 })],
    ['a switch that is no boolean', directPost(10, { disable_duet: 'true' })],
    [
      'an unknown source',
      { post_info: { privacy_level: 'SELF_ONLY' }, source_info: { source: 'URL' } },
    ],
    [
      'no video_url',
      { post_info: { privacy_level: 'SELF_ONLY' }, source_info: { source: 'PULL_FROM_URL' } },
    ],
    [
      'a size that is a text',
      {
        post_info: { privacy_level: 'SELF_ONLY' },
        source_info: { ...wholeFile(10), video_size: '10' },
      },
    ],
  ])('%s: 400 invalid_param', async (_name, body) => {
    const answer = await client.post(VIDEO_INIT, body);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_param']);
    expect((await tiktok.control.listPosts()).posts).toEqual([]);
  });

  test('a draft without a source: 400 invalid_param', async () => {
    const answer = await client.post(INBOX_INIT, {});
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_param']);
  });

  test.each([
    [
      'the chunk size',
      { ...wholeFile(50_000_123), chunk_size: 10_000_000, total_chunk_count: 1 },
      'The chunk size is invalid',
    ],
    [
      'the count',
      { ...wholeFile(50_000_123), chunk_size: 10_000_000, total_chunk_count: 6 },
      'The total chunk count is invalid',
    ],
  ])(
    '%s: 400 invalid_params with the words that implementers see',
    async (_name, source, message) => {
      for (const answer of [
        await init({}, source),
        await client.post(INBOX_INIT, { source_info: source }),
      ]) {
        expect(answer.status).toBe(400);
        expect(answer.body.error).toMatchObject({ code: 'invalid_params', message });
      }
    },
  );

  test('one chunk smaller than its video is taken where the switch says so', async () => {
    const source = { ...wholeFile(94_000_000), chunk_size: 64_000_000 };
    expect((await init({}, source)).body.error.code).toBe('invalid_params');
    await tiktok.control.patchSettings({ oversized_single_chunk: 'accept' });
    expect((await init({}, source)).body.error.code).toBe('ok');
  });

  test('the caption is counted in UTF-16 code units', async () => {
    const emoji = '😀';
    expect((await init({ title: emoji.repeat(1100) })).status).toBe(200);
    const tooLong = await init({ title: `${emoji.repeat(1100)}.` });
    expect([tooLong.status, tooLong.body.error.code]).toEqual([400, 'invalid_param']);
    expect(await brokenRules(tiktok)).toEqual(['post.caption_length']);
  });

  test('a cover beyond the video means the first frame: it is taken', async () => {
    expect((await init({ video_cover_timestamp_ms: -5 })).status).toBe(200);
  });
});

describe('privacy', () => {
  test.each([
    ['public_creator', 'FOLLOWER_OF_CREATOR'],
    ['private_creator', 'PUBLIC_TO_EVERYONE'],
    ['public_creator', 'PRIVATE'],
    ['public_creator', 'FRIENDS_ONLY'],
    ['public_creator', undefined],
  ])('%s may not post as %s: 403 privacy_level_option_mismatch', async (username, level) => {
    const user = await signIn(tiktok, { username });
    const answer = await user.post(VIDEO_INIT, directPost(10, { privacy_level: level }));
    expect([answer.status, answer.body.error.code]).toEqual([403, 'privacy_level_option_mismatch']);
    expect(await brokenRules(tiktok)).toEqual(['post.privacy_level']);
  });

  test.each([
    ['PRIVATE', 'SELF_ONLY'],
    ['FRIENDS_ONLY', 'MUTUAL_FOLLOW_FRIENDS'],
  ])('the lenient dialect takes %s as %s', async (alias, official) => {
    await tiktok.control.patchSettings({ dialect: 'lenient' });
    expect((await init({ privacy_level: alias })).status).toBe(200);
    const { posts } = await tiktok.control.listPosts();
    expect(posts.at(-1)?.post_info).toMatchObject({ privacy_level: official });
    expect(await brokenRules(tiktok)).toEqual(['post.privacy_level']);
  });

  test.each([
    ['public_creator', 'SELF_ONLY', 'post.unaudited_private_account'],
    ['private_creator', 'FOLLOWER_OF_CREATOR', 'post.unaudited_self_only'],
  ])('an unaudited app may not post for %s as %s', async (username, level, rule) => {
    const user = await signIn(tiktok, { client_key: 'unaudited', username });
    const answer = await user.post(VIDEO_INIT, directPost(10, { privacy_level: level }));
    expect([answer.status, answer.body.error.code]).toEqual([
      403,
      'unaudited_client_can_only_post_to_private_accounts',
    ]);
    expect(answer.body.error.message).toBe(
      'Please review our integration guidelines at https://developers.tiktok.com/doc/content-sharing-guidelines/',
    );
    expect(await brokenRules(tiktok)).toEqual([rule]);
  });

  test('an unaudited app may post for a private account as SELF_ONLY, and drafts for anyone', async () => {
    const user = await signIn(tiktok, { client_key: 'unaudited', username: 'private_creator' });
    const direct = await user.post(VIDEO_INIT, directPost(10, { privacy_level: 'SELF_ONLY' }));
    expect(direct.status).toBe(200);
    const other = await signIn(tiktok, { client_key: 'unaudited' });
    expect((await other.post(INBOX_INIT, { source_info: wholeFile(10) })).status).toBe(200);
  });

  test('branded content is not private, unless the switch says so', async () => {
    const branded = { brand_content_toggle: true };
    const answer = await init(branded);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_param']);
    expect(await brokenRules(tiktok)).toEqual(['post.branded_visibility']);
    await tiktok.control.patchSettings({ branded_self_only: 'accept' });
    expect((await init(branded)).status).toBe(200);
  });
});

describe('who may post', () => {
  test.each([
    [VIDEO_INIT, ['video.upload']],
    [INBOX_INIT, ['video.publish']],
  ])('%s is not for a token with %j alone', async (path, scopes) => {
    const user = await signIn(tiktok, { scopes });
    const answer = await user.post(path, directPost(10));
    expect([answer.status, answer.body.error.code]).toEqual([401, 'scope_not_authorized']);
  });

  test.each([VIDEO_INIT, INBOX_INIT])('%s: a banned creator may not', async (path) => {
    await tiktok.control.putCreator('public_creator', { can_post: false });
    const answer = await client.post(path, directPost(10));
    expect([answer.status, answer.body.error.code]).toEqual([
      403,
      'spam_risk_user_banned_from_posting',
    ]);
  });

  test.each([VIDEO_INIT, INBOX_INIT])('%s takes six requests a minute of a token', async (path) => {
    await tiktok.control.patchSettings({ rate_limits: true });
    const codes = [];
    for (let request = 0; request < 7; request += 1) {
      codes.push((await client.post(path, directPost(10))).body.error.code);
    }
    expect(codes).toEqual([...Array(6).fill('ok'), 'rate_limit_exceeded']);
    await tiktok.control.moveClock({ advance_seconds: 60 });
    expect((await client.post(path, directPost(10))).status).toBe(200);
  });

  test('a foreign URL is refused: 403 url_ownership_unverified', async () => {
    const source_info = { source: 'PULL_FROM_URL', video_url: 'https://example.org/a.mp4' };
    const direct = { post_info: { privacy_level: 'SELF_ONLY' }, source_info };
    for (const [path, body] of [
      [VIDEO_INIT, direct] as const,
      [INBOX_INIT, { source_info }] as const,
    ]) {
      const answer = await client.post(path, body);
      expect([answer.status, answer.body.error.code]).toEqual([403, 'url_ownership_unverified']);
    }
    expect(await brokenRules(tiktok)).toEqual(['pull.ownership', 'pull.ownership']);
  });
});

describe('fields that TikTok has not', () => {
  test('are ignored and recorded', async () => {
    const answer = await client.post(VIDEO_INIT, {
      ...directPost(10, { schedule_time: 5 }),
      upload_source: 'x',
      source_info: { ...wholeFile(10), video_cover_timestamp_ms: 1000 },
    });
    expect(answer.status).toBe(200);
    const { violations } = await tiktok.control.listViolations();
    expect(violations.map(({ detail }) => detail.split(' ')[0])).toEqual([
      'upload_source',
      'post_info.schedule_time',
      'source_info.video_cover_timestamp_ms',
    ]);
  });

  test('a draft takes post_info and upload_source without effect', async () => {
    const body = { ...directPost(10, { privacy_level: 'PRIVATE' }), upload_source: 'FILE_UPLOAD' };
    expect((await client.post(INBOX_INIT, body)).status).toBe(200);
    expect(await brokenRules(tiktok)).toEqual(['gateway.unknown_field', 'gateway.unknown_field']);
  });
});
