import { describe, expect, test } from 'vitest';
import {
  type PublishCheckpoint,
  type PublishEvent,
  type PublishPhotosRequest,
  publishPhotos,
  TikTokApiError,
  TikTokClient,
  TikTokInvalidPostError,
  TikTokUnclearInitError,
} from '../../src/index.ts';
import {
  CREATOR_INFO,
  cut,
  hang,
  ok,
  PHOTO_INIT,
  PUBLIC_CREATOR,
  playTikTok,
  raw,
  refuse,
  STATUS,
  status,
  unlimited,
} from './scripted-tiktok.ts';

const PHOTOS = ['https://media.example.com/p/1.webp', 'https://media.example.com/p/2.jpg'];
const REQUEST: PublishPhotosRequest = {
  postInfo: { privacy_level: 'PUBLIC_TO_EVERYONE', title: 'three rooms', disable_comment: true },
  photoUrls: PHOTOS,
};

function clientOf(baseUrl: string, timeoutMs = 5_000) {
  return new TikTokClient({ accessToken: 'act.x', baseUrl, limiter: unlimited, timeoutMs });
}

test('reads the creator, sends one init, and follows the post', async () => {
  await using tiktok = await playTikTok({
    [STATUS]: [
      status('PROCESSING_DOWNLOAD', '"downloaded_bytes":5'),
      status('PUBLISH_COMPLETE', '"publicaly_available_post_id":[7678907398077074696]'),
    ],
  });
  const checkpoints: PublishCheckpoint[] = [];
  const onCheckpoint = (checkpoint: PublishCheckpoint) => void checkpoints.push(checkpoint);
  const run = publishPhotos(clientOf(tiktok.url), { ...REQUEST, coverIndex: 1 }, { onCheckpoint });
  const events: PublishEvent[] = [];
  for await (const event of run) events.push(event);
  const result = await run.result;
  expect(result).toEqual({
    status: 'published',
    publishId: 'p_pub_url~v2.1',
    postIds: ['7678907398077074696'],
    postUrls: ['https://www.tiktok.com/@demo_creator/photo/7678907398077074696'],
    visibility: 'public',
  });
  expect(events).toEqual([
    { type: 'creator_info', creator: PUBLIC_CREATOR },
    { type: 'validated' },
    { type: 'init', publishId: 'p_pub_url~v2.1', plan: undefined },
    { type: 'status', status: 'PROCESSING_DOWNLOAD', bytesReceived: 5 },
    { type: 'status', status: 'PUBLISH_COMPLETE', bytesReceived: undefined },
    { type: 'done', result },
  ]);
  expect(tiktok.received.map(({ path }) => path)).toEqual([
    CREATOR_INFO,
    PHOTO_INIT,
    STATUS,
    STATUS,
  ]);
  expect(tiktok.to(PHOTO_INIT)[0]?.json).toEqual({
    media_type: 'PHOTO',
    post_mode: 'DIRECT_POST',
    post_info: REQUEST.postInfo,
    source_info: { source: 'PULL_FROM_URL', photo_images: PHOTOS, photo_cover_index: 1 },
  });
  expect(checkpoints).toEqual([run.checkpoint]);
  expect(run.checkpoint).toEqual({
    version: 1,
    publishId: 'p_pub_url~v2.1',
    mediaType: 'photo',
    username: 'demo_creator',
    privacyLevel: 'PUBLIC_TO_EVERYONE',
  });
});

test('sends a draft without asking for the creator, with its texts alone', async () => {
  await using tiktok = await playTikTok({ [STATUS]: [status('SEND_TO_USER_INBOX')] });
  const run = publishPhotos(clientOf(tiktok.url), {
    mode: 'draft',
    postInfo: { title: 'three rooms', description: 'one lamp' },
    photoUrls: PHOTOS,
  });
  expect(await run.result).toEqual({ status: 'in_inbox', publishId: 'p_pub_url~v2.1' });
  expect(tiktok.to(CREATOR_INFO)).toHaveLength(0);
  expect(tiktok.to(PHOTO_INIT)[0]?.json).toMatchObject({
    post_mode: 'MEDIA_UPLOAD',
    post_info: { title: 'three rooms', description: 'one lamp' },
  });
});

test('switches off comments where the creator has and the post leaves it open', async () => {
  const creator = { ...PUBLIC_CREATOR, comment_disabled: true, duet_disabled: true };
  await using tiktok = await playTikTok({ [CREATOR_INFO]: [ok(creator)] });
  const postInfo = { privacy_level: 'SELF_ONLY' };
  await publishPhotos(clientOf(tiktok.url), { postInfo, photoUrls: PHOTOS }).result;
  expect(tiktok.to(PHOTO_INIT)[0]?.json).toMatchObject({
    post_info: { privacy_level: 'SELF_ONLY', disable_comment: true },
  });
  expect(tiktok.to(PHOTO_INIT)[0]?.json).not.toHaveProperty('post_info.disable_duet');
});

describe('refuses before anything is sent', () => {
  const many = (count: number) => Array.from({ length: count }, () => PHOTOS[0] ?? '');
  const level = { privacy_level: 'SELF_ONLY' };
  test.each<{ name: string; request: PublishPhotosRequest; fields: string[] }>([
    { name: 'no photo', request: { postInfo: level, photoUrls: [] }, fields: ['photoUrls'] },
    { name: '36 photos', request: { postInfo: level, photoUrls: many(36) }, fields: ['photoUrls'] },
    {
      name: 'a PNG, plain http and what is no URL',
      request: {
        postInfo: level,
        photoUrls: ['https://a.example/1.PNG?x=1', 'http://a.example/2.jpg', 'photo.jpg'],
      },
      fields: ['photoUrls[0]', 'photoUrls[1]', 'photoUrls[2]'],
    },
    {
      name: 'a cover that is not there',
      request: { postInfo: level, photoUrls: PHOTOS, coverIndex: 2 },
      fields: ['coverIndex'],
    },
    {
      name: 'texts over the limit, a broken emoji, no privacy level',
      request: {
        postInfo: { title: '🌅'.repeat(46), description: `${'x'.repeat(4000)}\ud83c` },
        photoUrls: PHOTOS,
      },
      fields: ['title', 'description', 'description', 'privacy_level'],
    },
    {
      name: 'a privacy level that the creator has not, with a paid partnership',
      request: {
        postInfo: { privacy_level: 'FOLLOWER_OF_CREATOR', brand_content_toggle: true },
        photoUrls: PHOTOS,
      },
      fields: ['privacy_level', 'brand_content_toggle'],
    },
    {
      name: 'a draft with texts over the limit',
      request: { mode: 'draft', postInfo: { title: 'x'.repeat(91) }, photoUrls: PHOTOS },
      fields: ['title'],
    },
  ])('$name', async ({ request, fields }) => {
    await using tiktok = await playTikTok();
    const run = publishPhotos(clientOf(tiktok.url), request);
    const error = await run.result.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TikTokInvalidPostError);
    if (!(error instanceof TikTokInvalidPostError)) return;
    expect(error.problems.map(({ field }) => field)).toEqual(fields);
    for (const { message } of error.problems) expect(message).toMatch(/^[A-Z].*\.$/s);
    expect(error.code).toBe('invalid_post');
    expect(error.whoseMove).toBe('person');
    expect(JSON.stringify(error)).toContain(fields[0]);
    expect(tiktok.to(PHOTO_INIT)).toHaveLength(0);
    expect(run.publishId).toBeUndefined();
  });

  test('takes 1 and 35 photos, texts at the limit, and http on loopback from a loopback client', async () => {
    await using tiktok = await playTikTok();
    const postInfo = { ...level, title: '🌅'.repeat(45), description: 'x'.repeat(4000) };
    const client = clientOf(tiktok.url);
    const photoUrls = many(35);
    expect((await publishPhotos(client, { postInfo, photoUrls }).result).status).toBe('published');
    const here = ['http://127.0.0.1:1/a.jpg'];
    const result = await publishPhotos(client, { postInfo, photoUrls: here }).result;
    expect(result.status).toBe('published');
  });
});

test.each([
  'spam_risk_too_many_posts',
  'spam_risk_user_banned_from_posting',
  'reached_active_user_cap',
])('stops when creator info refuses with %s and HTTP 200', async (code) => {
  await using tiktok = await playTikTok({ [CREATOR_INFO]: [refuse(200, code)] });
  const error = await publishPhotos(clientOf(tiktok.url), REQUEST).result.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TikTokApiError);
  expect(error).toMatchObject({ code, status: 200, logId: 'log-1', isRetryable: false });
  expect(tiktok.received).toHaveLength(1);
});

test.each([
  { name: 'a 5xx', answer: refuse(503, 'internal_error'), cause: 'TikTokApiError' },
  { name: 'a cut connection', answer: cut, cause: 'TikTokNetworkError' },
  { name: 'silence', answer: hang, timeoutMs: 700, cause: 'TikTokTimeoutError' },
  { name: 'an empty answer', answer: raw(200, ''), cause: 'TikTokNetworkError' },
  { name: 'an HTML page', answer: raw(200, '<html>hi</html>'), cause: 'TikTokNetworkError' },
])(
  'an init answered by $name is unclear and is never sent again',
  async ({ answer, cause, timeoutMs }) => {
    await using tiktok = await playTikTok({ [PHOTO_INIT]: [answer] });
    const run = publishPhotos(clientOf(tiktok.url, timeoutMs), REQUEST);
    const error = await run.result.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TikTokUnclearInitError);
    expect(error).toMatchObject({ code: 'init_unclear', isRepeatSafe: false, isRetryable: false });
    expect(error).toHaveProperty('explanation', expect.stringMatching(/could post it twice/));
    expect(error).toHaveProperty('cause.name', cause);
    expect(tiktok.to(PHOTO_INIT)).toHaveLength(1);
    expect(tiktok.to(STATUS)).toHaveLength(0);
  },
);

test.each([
  [403, 'url_ownership_unverified'],
  [403, 'spam_risk_too_many_posts'],
  [400, 'invalid_params'],
  [429, 'rate_limit_exceeded'],
])('an init that is clearly refused (%i %s) says so', async (code, error) => {
  await using tiktok = await playTikTok({ [PHOTO_INIT]: [refuse(code, error)] });
  const { result } = publishPhotos(clientOf(tiktok.url), REQUEST);
  await expect(result).rejects.toMatchObject({ name: 'TikTokApiError', code: error });
  expect(tiktok.to(PHOTO_INIT)).toHaveLength(1);
});
