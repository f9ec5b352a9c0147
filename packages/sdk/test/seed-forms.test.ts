import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  explain,
  explainFailReason,
  followPost,
  type PublishCheckpoint,
  planUploads,
  publishPhotos,
  publishVideo,
  type SeedFormWarning,
  TIKTOK_RATE_LIMITS,
  TikTokClient,
  type TikTokClientOptions,
  TikTokInvalidPostError,
  TikTokNetworkError,
  uploadVideo,
  type VideoPostInfo,
} from '../src/index.ts';
import {
  createState,
  RefreshingTokenSource,
  restoreTokens,
  TikTokOAuth,
  toCodeChallenge,
  type UserTokens,
} from '../src/oauth/index.ts';
import {
  CREATOR_INFO,
  cut,
  INBOX_INIT,
  json,
  ok,
  PHOTO_INIT,
  PUBLIC_CREATOR,
  playTikTok,
  raw,
  refuse,
  type Script,
  type ScriptedTikTok,
  STATUS,
  status,
  UPLOAD,
  unlimited,
  VIDEO_INIT,
} from './publish/scripted-tiktok.ts';
import { demoSource } from './publish/videos.ts';

const TOKEN = '/v2/oauth/token/';
const USER_INFO = '/v2/user/info/';
const NOW = new Date('2026-11-20T10:15:00Z');
const PHOTOS = ['https://media.example.com/1.webp'];
const postInfo: VideoPostInfo = { privacy_level: 'SELF_ONLY' };
const TOKENS = {
  access_token: 'act.a!6410.x',
  expires_in: 7200,
  open_id: '-000x',
  refresh_expires_in: 15552000,
  refresh_token: 'rft.a',
  scope: 'video.publish',
  token_type: 'Bearer',
};

/** What a row of the table does: it is tried at a server, or does not concern an SDK. */
type Check = (() => Promise<void> | void) | { readonly notOurs: string };

function clientOf(tiktok: ScriptedTikTok, options: Partial<TikTokClientOptions> = {}) {
  const sleep = async () => {};
  const common = { accessToken: 'act.x', baseUrl: tiktok.url, limiter: unlimited, sleep };
  return new TikTokClient({ ...common, ...options });
}

function oauthOf(tiktok: ScriptedTikTok) {
  const clock = () => NOW;
  return new TikTokOAuth({ clientKey: 'k', clientSecret: 's', baseUrl: tiktok.url, clock });
}

const exchange = { code: 'c', redirectUri: 'https://app.example.com/cb/' };

async function tokensFrom(answer: unknown): Promise<UserTokens> {
  await using tiktok = await playTikTok({ [TOKEN]: [json(200, answer)] });
  return await oauthOf(tiktok).exchangeCode(exchange);
}

/** Publishes the demo video with such choices; tells what was sent and warned of. */
async function publishWith(
  post: object,
  script: Script = {},
): Promise<{ tiktok: ScriptedTikTok; warnings: SeedFormWarning[]; error: unknown }> {
  await using tiktok = await playTikTok(script);
  const warnings: SeedFormWarning[] = [];
  const onWarning = (warning: SeedFormWarning) => void warnings.push(warning);
  const client = clientOf(tiktok, { onWarning });
  // A caller in JavaScript may give anything.
  const choices = { ...postInfo, ...post } as VideoPostInfo;
  const { result } = publishVideo(client, { source: demoSource(), postInfo: choices });
  const error = await result.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { tiktok, warnings, error };
}

async function expectPrivacyAlias(row: number, seedForm: string, officialForm: string) {
  const { tiktok, warnings } = await publishWith({ privacy_level: seedForm });
  expect(tiktok.to(VIDEO_INIT)[0]?.json).toHaveProperty('post_info.privacy_level', officialForm);
  expect(warnings).toEqual([
    {
      kind: 'seed_form',
      row,
      field: 'post_info.privacy_level',
      seedForm,
      officialForm,
      message: expect.stringContaining(officialForm),
    },
  ]);
}

async function statusOf(value: string, extra = ''): Promise<string> {
  await using tiktok = await playTikTok({ [STATUS]: [status(value, extra)] });
  return (await clientOf(tiktok).fetchStatus('p1')).status;
}

async function idsOf(extra: string): Promise<readonly string[]> {
  await using tiktok = await playTikTok({ [STATUS]: [status('PUBLISH_COMPLETE', extra)] });
  return (await clientOf(tiktok).fetchStatus('p1')).publicaly_available_post_id;
}

const ROWS: Readonly<Record<number, Check>> = {
  1: async () => {
    await using tiktok = await playTikTok({ [TOKEN]: [json(200, TOKENS)] });
    await oauthOf(tiktok).exchangeCode(exchange);
    const [request] = tiktok.to(TOKEN);
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(new URLSearchParams(request?.text).get('grant_type')).toBe('authorization_code');
  },
  2: async () => {
    const wrapped = { data: TOKENS, error: { code: 'ok', message: '', log_id: 'l' } };
    expect((await tokensFrom(wrapped)).openId).toBe('-000x');
    expect((await tokensFrom(TOKENS)).openId).toBe('-000x');
  },
  3: async () => {
    const flat = { error: 'invalid_grant', error_description: 'expired', log_id: 'l' };
    const envelope = { data: null, error: { code: 'invalid_grant', message: 'x', log_id: 'l' } };
    for (const answer of [flat, envelope]) {
      await expect(tokensFrom(answer)).rejects.toMatchObject({ code: 'invalid_grant', logId: 'l' });
    }
  },
  4: async () => {
    const { expiresAt } = await tokensFrom({ ...TOKENS, expires_in: 86400 });
    expect(expiresAt).toEqual(new Date(NOW.getTime() + 86_400_000));
  },
  5: async () => {
    const { refreshExpiresAt } = await tokensFrom({ ...TOKENS, refresh_expires_in: 31536000 });
    expect(refreshExpiresAt).toEqual(new Date(NOW.getTime() + 31_536_000_000));
  },
  6: async () => {
    const { source, refreshes, saved } = await makeSource(60);
    const given = await Promise.all([source.getAccessToken({}), source.getAccessToken({})]);
    expect(given).toEqual(['act.new1', 'act.new1']);
    expect(refreshes()).toBe(1);
    expect(saved).toEqual(['rft.new1']);
  },
  7: async () => {
    expect((await tokensFrom({ ...TOKENS, access_token: 'v.abc' })).accessToken).toBe('v.abc');
    await using tiktok = await playTikTok();
    await clientOf(tiktok, { accessToken: 'v.abc' }).queryCreatorInfo();
    expect(tiktok.to(CREATOR_INFO)[0]?.headers.authorization).toBe('Bearer v.abc');
  },
  8: async () => {
    const { openId } = await tokensFrom({ ...TOKENS, open_id: '7000000000000000001' });
    expect(openId).toBe('7000000000000000001');
  },
  9: async () => {
    expect(await toCodeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      '13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3',
    );
  },
  10: async () => {
    const request = await authorize({ redirectUri: 'https://app.example.com/cb/' });
    expect(request.codeVerifier).toBeUndefined();
    expect(new URL(request.url).searchParams.has('code_challenge')).toBe(false);
    await using tiktok = await playTikTok({ [TOKEN]: [json(200, TOKENS)] });
    await oauthOf(tiktok).exchangeCode({ ...exchange, codeVerifier: request.codeVerifier });
    expect(new URLSearchParams(tiktok.to(TOKEN)[0]?.text).has('code_verifier')).toBe(false);
  },
  11: () => {
    const states = Array.from({ length: 20 }, () => createState().value);
    expect(new Set(states).size).toBe(20);
    for (const state of states) expect(state).toMatch(/^[\w-]{43}$/);
  },
  12: async () => {
    const { url } = await authorize({ redirectUri: 'https://app.example.com/cb/' });
    expect(new URL(url).pathname).toBe('/v2/auth/authorize/');
  },
  13: async () => {
    const redirectUri = 'https://app.example.com/cb/';
    const { url } = await authorize({ redirectUri });
    expect(new URL(url).searchParams.get('redirect_uri')).toBe(redirectUri);
  },
  14: async () => {
    const desktop = await authorize({ redirectUri: 'http://127.0.0.1:8080/cb/' });
    expect(desktop.codeVerifier).toMatch(/^[\w.~-]{43,128}$/);
    const challenge = new URL(desktop.url).searchParams.get('code_challenge');
    expect(challenge).toBe(await toCodeChallenge(desktop.codeVerifier ?? ''));
    await expect(authorize({ redirectUri: 'http://app.example.com/cb/' })).rejects.toThrow();
  },
  15: async () => {
    const early = await makeSource(16 * 60);
    expect(await early.source.getAccessToken({})).toBe('act.old');
    const late = await makeSource(14 * 60);
    expect(await late.source.getAccessToken({})).toBe('act.new1');
  },
  16: () => expectPrivacyAlias(16, 'PRIVATE', 'SELF_ONLY'),
  17: () => expectPrivacyAlias(17, 'FRIENDS_ONLY', 'MUTUAL_FOLLOW_FRIENDS'),
  18: async () => {
    const options = ['FOLLOWER_OF_CREATOR', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'] as const;
    const creator = { ...PUBLIC_CREATOR, privacy_level_options: options };
    for (const privacy_level of options) {
      const script = { [CREATOR_INFO]: [ok(creator)] };
      const { tiktok, warnings, error } = await publishWith({ privacy_level }, script);
      expect(error).toBeUndefined();
      const [init] = tiktok.to(VIDEO_INIT);
      expect(init?.json).toHaveProperty('post_info.privacy_level', privacy_level);
      expect(warnings).toEqual([]);
    }
  },
  19: () => {
    const account = explain('unaudited_client_can_only_post_to_private_accounts', 403).sentence;
    expect(account).toContain('SELF_ONLY');
    expect(account).toMatch(/account private/);
    expect(explain('reached_active_user_cap', 403).sentence).toMatch(/\b5\b.*audit/);
  },
  20: async () => {
    await using tiktok = await playTikTok();
    const warnings: SeedFormWarning[] = [];
    const client = clientOf(tiktok, { onWarning: (warning) => warnings.push(warning) });
    const source_info = {
      source: 'PULL_FROM_URL',
      video_url: 'https://media.example.com/1.mp4',
      video_cover_timestamp_ms: 1500,
    } as const;
    await client.initVideo({ post_info: postInfo, source_info });
    await client.initVideo({
      post_info: { ...postInfo, video_cover_timestamp_ms: 7 },
      source_info,
    });
    expect(tiktok.to(VIDEO_INIT).map(({ json: body }) => body)).toEqual(
      [1500, 7].map((video_cover_timestamp_ms) => ({
        post_info: { ...postInfo, video_cover_timestamp_ms },
        source_info: { source: 'PULL_FROM_URL', video_url: 'https://media.example.com/1.mp4' },
      })),
    );
    expect(warnings.map(({ row, field }) => [row, field])).toEqual([
      [20, 'source_info.video_cover_timestamp_ms'],
      [20, 'source_info.video_cover_timestamp_ms'],
    ]);
  },
  21: async () => {
    await using tiktok = await playTikTok();
    const warnings: SeedFormWarning[] = [];
    const client = clientOf(tiktok, { onWarning: (warning) => warnings.push(warning) });
    const seed = {
      upload_source: 'FILE',
      post_info: { title: 'x', privacy_level: 'PRIVATE' },
      privacy_level: 'PRIVATE',
      source_info: {
        source: 'PULL_FROM_URL',
        video_url: 'https://media.example.com/1.mp4',
        upload_source: 'FILE',
      },
    } as const;
    await client.initInboxVideo(seed);
    expect(tiktok.to(INBOX_INIT)[0]?.json).toEqual({
      source_info: { source: 'PULL_FROM_URL', video_url: 'https://media.example.com/1.mp4' },
    });
    expect(warnings.map(({ row, field }) => [row, field])).toEqual([
      [21, 'upload_source'],
      [21, 'post_info'],
      [21, 'privacy_level'],
      [21, 'source_info.upload_source'],
    ]);
  },
  22: async () => {
    expect((await publishWith({ title: 'x'.repeat(2200) })).error).toBeUndefined();
    const { error, tiktok } = await publishWith({ title: 'x'.repeat(2201) });
    expect(error).toBeInstanceOf(TikTokInvalidPostError);
    expect(tiktok.to(VIDEO_INIT)).toHaveLength(0);
  },
  23: async () => {
    await using tiktok = await playTikTok();
    const warnings: SeedFormWarning[] = [];
    const client = clientOf(tiktok, { onWarning: (warning) => warnings.push(warning) });
    const source_info = {
      source: 'PULL_FROM_URL',
      photo_images: PHOTOS,
      photo_cover_index: 0,
    } as const;
    for (const post_mode of ['UPLOAD', 'DIRECT POST', 'MEDIA_UPLOAD']) {
      // A caller in JavaScript may give any string.
      const mode = post_mode as 'MEDIA_UPLOAD';
      await client.initPhotos({ post_mode: mode, post_info: postInfo, source_info });
    }
    const modes = ['MEDIA_UPLOAD', 'DIRECT_POST', 'MEDIA_UPLOAD'];
    expect(tiktok.to(PHOTO_INIT).map(({ json: body }) => body)).toMatchObject(
      modes.map((post_mode) => ({ post_mode })),
    );
    expect(warnings.map(({ row, seedForm }) => [row, seedForm])).toEqual([
      [23, 'UPLOAD'],
      [23, 'DIRECT POST'],
    ]);
  },
  24: async () => {
    await using tiktok = await playTikTok();
    const photoUrls = ['https://media.example.com/1.png'];
    const { result } = publishPhotos(clientOf(tiktok), { postInfo, photoUrls });
    await expect(result).rejects.toThrow(/JPEG and WebP/);
    expect(tiktok.to(PHOTO_INIT)).toHaveLength(0);
  },
  25: { notOurs: 'a sentence of a document; the SDK sends the privacy level that was chosen' },
  26: async () => {
    await using tiktok = await playTikTok({ [STATUS]: [status('SEND_TO_USER_INBOX')] });
    expect((await followPost(clientOf(tiktok), 'p1')).status).toBe('in_inbox');
  },
  27: async () => {
    await using tiktok = await playTikTok({ [INBOX_INIT]: [ok({ publish_id: 'p_inbox~v2.1' })] });
    const videoUrl = 'https://media.example.com/1.mp4';
    const run = publishVideo(clientOf(tiktok), { mode: 'inbox', videoUrl });
    expect((await run.result).publishId).toBe('p_inbox~v2.1');
    expect(tiktok.to(STATUS)[0]?.json).toEqual({ publish_id: 'p_inbox~v2.1' });
  },
  28: async () => {
    const error = { code: 'invalid_publish_id', message: '', log_id: 'l' };
    for (const body of [{ data: null, error }, { data: {}, error }, { error }]) {
      await using tiktok = await playTikTok({ [STATUS]: [json(400, body)] });
      const asking = clientOf(tiktok).fetchStatus('p1');
      await expect(asking).rejects.toMatchObject({ code: 'invalid_publish_id', status: 400 });
    }
  },
  29: async () => {
    await using other = await playTikTok();
    const answer = { publish_id: 'p1', upload_url: `${other.url}${UPLOAD}` };
    await using tiktok = await playTikTok({
      [VIDEO_INIT]: [ok({ ...answer, upload_url_expires_in: 60 })],
    });
    const checkpoints: PublishCheckpoint[] = [];
    const client = clientOf(tiktok, { clock: () => NOW });
    const onCheckpoint = (checkpoint: PublishCheckpoint) => void checkpoints.push(checkpoint);
    await publishVideo(client, { source: demoSource(), postInfo }, { onCheckpoint }).result;
    expect(checkpoints[0]?.upload?.expires_at).toBe('2026-11-20T11:15:00.000Z');
  },
  30: async () => {
    const { tiktok } = await publishWith({});
    const [chunk] = tiktok.to(UPLOAD);
    expect(chunk?.url).toBe('/upload?upload_id=1&upload_token=canary');
  },
  31: async () => {
    const source = demoSource();
    const [plan] = planUploads(source.size);
    const uploadUrl = 'https://upload.tiktokapis.com/upload/v1/video/?token=x';
    await expect(uploadVideo({ uploadUrl, source, plan })).rejects.toMatchObject({
      code: 'upload_host_refused',
    });
  },
  32: async () => {
    for (const code of [200, 201, 206]) {
      const { error } = await publishWith({}, { [UPLOAD]: [raw(code, '')] });
      expect(error).toBeUndefined();
    }
  },
  33: () => {
    const size = 64_000_000;
    const [plan] = planUploads(size);
    expect(plan).toEqual({ video_size: size, chunk_size: size, total_chunk_count: 1 });
  },
  34: () => {
    const size = fc.integer({ min: 1, max: 4_000_000_000 });
    fc.assert(
      fc.property(size, (videoSize) => {
        for (const { chunk_size, total_chunk_count } of planUploads(videoSize)) {
          expect(total_chunk_count).toBe(Math.floor(videoSize / chunk_size));
          const last = videoSize - chunk_size * (total_chunk_count - 1);
          expect(last).toBeGreaterThanOrEqual(chunk_size);
        }
      }),
    );
  },
  35: async () => {
    const { tiktok } = await publishWith({});
    const [chunk] = tiktok.to(UPLOAD);
    expect(chunk?.headers).not.toHaveProperty('authorization');
    expect(chunk?.headers['content-type']).toBe('video/mp4');
  },
  36: async () => {
    const { tiktok } = await publishWith({});
    const { size } = demoSource();
    const [chunk] = tiktok.to(UPLOAD);
    expect(chunk?.headers['content-range']).toBe(`bytes 0-${size - 1}/${size}`);
  },
  37: async () => {
    const { size } = demoSource();
    const all = status('PROCESSING_UPLOAD', `"uploaded_bytes":${size}`);
    const script = { [UPLOAD]: [cut], [STATUS]: [all, status('PUBLISH_COMPLETE')] };
    const { tiktok, error } = await publishWith({}, script);
    expect(error).toBeUndefined();
    expect(tiktok.to(UPLOAD)).toHaveLength(1);
  },
  38: async () => {
    expect(await statusOf('POSTED')).toBe('PUBLISH_COMPLETE');
  },
  39: async () => {
    for (const seed of ['PROCESSING', 'SUBMITTED', 'POSTING']) {
      expect(await statusOf(seed)).toBe('PROCESSING_UPLOAD');
      expect(await statusOf(seed, '"downloaded_bytes":1')).toBe('PROCESSING_DOWNLOAD');
    }
  },
  40: async () => {
    expect(await statusOf('UPLOAD_FAILED', '"fail_reason":"internal"')).toBe('FAILED');
  },
  41: async () => {
    for (const field of [
      'publicaly_available_post_id',
      'publicly_available_post_id',
      'publiclyAvailablePostId',
    ]) {
      for (const value of ['"7678907398077074696"', '7678907398077074696']) {
        expect(await idsOf(`"${field}":${value}`)).toEqual(['7678907398077074696']);
        expect(await idsOf(`"${field}":[${value}]`)).toEqual(['7678907398077074696']);
      }
    }
  },
  42: async () => {
    const extra = '"posted_url":"https://x.example/","create_time":1,"posted_time":2';
    const id = '"publicaly_available_post_id":[7678907398077074696]';
    const answer = status('PUBLISH_COMPLETE', `${extra},${id}`);
    await using tiktok = await playTikTok({ [STATUS]: [answer] });
    const client = clientOf(tiktok);
    expect(await followPost(client, 'p1', { username: 'demo_creator' })).toMatchObject({
      postUrls: ['https://www.tiktok.com/@demo_creator/video/7678907398077074696'],
    });
    expect((await client.fetchStatus('p1')).raw).toMatchObject({ posted_time: 2 });
  },
  43: async () => {
    const answer = status('FAILED', '"fail_reason":"Video was too blurry."');
    await using tiktok = await playTikTok({ [STATUS]: [answer] });
    expect(await followPost(clientOf(tiktok), 'p1')).toMatchObject({
      status: 'failed',
      failReason: 'Video was too blurry.',
      isRetryable: false,
    });
  },
  44: async () => {
    await using tiktok = await playTikTok();
    await clientOf(tiktok).fetchStatus('p1');
    expect(tiktok.to(STATUS)[0]?.headers.authorization).toBe('Bearer act.x');
  },
  45: async () => {
    const id = fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n });
    await fc.assert(
      fc.asyncProperty(id, async (value) => {
        expect(await idsOf(`"publicaly_available_post_id":[${value}]`)).toEqual([`${value}`]);
      }),
      { numRuns: 20 },
    );
  },
  46: async () => {
    await using tiktok = await playTikTok({ [STATUS]: [status('PROCESSING_UPLOAD')] });
    const result = await followPost(clientOf(tiktok), 'p1');
    expect(result.status).toBe('processing');
    expect(tiktok.to(STATUS).length).toBeLessThan(40);
  },
  47: async () => {
    await using tiktok = await playTikTok();
    const { result } = publishPhotos(clientOf(tiktok), { postInfo, photoUrls: PHOTOS });
    expect(await result).toMatchObject({
      postUrls: ['https://www.tiktok.com/@demo_creator/photo/7678907398077074696'],
    });
  },
  48: async () => {
    await using tiktok = await playTikTok();
    await clientOf(tiktok).queryCreatorInfo();
    expect(tiktok.received).toMatchObject([{ method: 'POST', url: CREATOR_INFO }]);
  },
  49: async () => {
    await using tiktok = await playTikTok();
    const client = clientOf(tiktok);
    await publishPhotos(client, { postInfo, photoUrls: PHOTOS }).result;
    await publishPhotos(client, { postInfo, photoUrls: PHOTOS }).result;
    expect(tiktok.to(CREATOR_INFO)).toHaveLength(2);
  },
  50: async () => {
    const user = { data: { user: { like_count: 7 } }, error: { code: 'ok' } };
    await using tiktok = await playTikTok({ [USER_INFO]: [json(200, user)] });
    const { likes_count } = await clientOf(tiktok).getUserInfo(['likes_count']);
    expect(likes_count).toBe(7);
  },
  51: () => {
    expect(TIKTOK_RATE_LIMITS).toMatchObject({
      'creator_info/query': 20,
      'video/init': 6,
      'inbox/video/init': 6,
      'content/init': 6,
      'status/fetch': 30,
      'user/info': 600,
      'video/list': 600,
      'video/query': 600,
    });
  },
  52: async () => {
    await using tiktok = await playTikTok();
    const client = clientOf(tiktok);
    for (let post = 1; post <= 16; post += 1) {
      await publishPhotos(client, { postInfo, photoUrls: PHOTOS }).result;
    }
    expect(tiktok.to(PHOTO_INIT)).toHaveLength(16);
    expect(explain('spam_risk_too_many_posts').sentence).toMatch(/about 15/);
  },
  53: () => {
    expect(planUploads(1)).toHaveLength(1);
    expect(planUploads(4_000_000_000).length).toBeGreaterThan(0);
    expect(() => planUploads(4_000_000_001)).toThrow();
  },
  54: async () => {
    const creator = { ...PUBLIC_CREATOR, max_video_post_duration_sec: 3600 };
    await using tiktok = await playTikTok({ [CREATOR_INFO]: [ok(creator)] });
    const publish = (durationSec: number) =>
      publishVideo(clientOf(tiktok), { source: demoSource(), postInfo, durationSec }).result;
    for (const durationSec of [0.5, 3600]) {
      expect((await publish(durationSec)).status).toBe('published');
    }
    await expect(publish(3601)).rejects.toThrow(/at most 3600 s/);
  },
  55: () => {
    const { sentence } = explainFailReason('picture_size_check_failed');
    for (const size of ['360', '4096', '1080']) expect(sentence).toContain(size);
  },
  56: () => {
    for (const [code, httpStatus, official] of [
      ['invalid_request', 400, 'invalid_params'],
      ['unauthorized', 401, 'access_token_invalid'],
      ['too_many_requests', 429, 'rate_limit_exceeded'],
      ['internal_server_error', 500, 'internal_error'],
      ['bad_gateway', 502, 'internal_error'],
      ['service_unavailable', 503, 'internal_error'],
    ] as const) {
      const { whoseMove, isRetryable, isRepeatSafe } = explain(official, httpStatus);
      expect(explain(code, httpStatus)).toMatchObject({ whoseMove, isRetryable, isRepeatSafe });
    }
    expect(explain('forbidden', 403)).toMatchObject({ isRetryable: false, isRepeatSafe: true });
    const unknown = explain('a_code_of_next_year', 429);
    expect(unknown).toMatchObject({ isKnown: false, isRetryable: true });
  },
  57: async () => {
    const later = raw(429, '{"error":{"code":"rate_limit_exceeded"}}', { 'retry-after': '60' });
    await using tiktok = await playTikTok({ [STATUS]: [later, status('PUBLISH_COMPLETE')] });
    const waits: number[] = [];
    const sleep = async (ms: number) => void waits.push(ms);
    await clientOf(tiktok, { sleep }).fetchStatus('p1');
    expect(waits).toEqual([60_000]);
  },
  58: async () => {
    await using tiktok = await playTikTok({ [STATUS]: [refuse(401, 'access_token_invalid')] });
    const asked: unknown[] = [];
    const accessToken = {
      getAccessToken: async ({ rejected }: { rejected?: string | undefined }) => {
        asked.push(rejected);
        return `act.${asked.length}`;
      },
    };
    const asking = clientOf(tiktok, { accessToken }).fetchStatus('p1');
    await expect(asking).rejects.toMatchObject({ code: 'access_token_invalid' });
    expect(asked).toEqual([undefined, 'act.1']);
    expect(tiktok.to(STATUS)).toHaveLength(2);
  },
  59: () => {
    const { sentence, whoseMove } = explain('reached_active_user_cap', 403);
    expect(sentence).toMatch(/^The app\b/);
    expect(sentence).toMatch(/24 hours/);
    expect(whoseMove).toBe('developer');
  },
  60: { notOurs: 'how long a review takes is nothing that a client sends or reads' },
  61: async () => {
    const { error } = await publishWith(
      {},
      { [VIDEO_INIT]: [raw(404, 'Unsupported path(Janus)')] },
    );
    expect(error).toMatchObject({ code: 'unsupported_path' });
    await using tiktok = await playTikTok({ [STATUS]: [raw(200, '<html></html>')] });
    const asking = clientOf(tiktok, { maxRetries: 0 }).fetchStatus('p1');
    await expect(asking).rejects.toBeInstanceOf(TikTokNetworkError);
    const flat = { error: 'invalid_client', error_description: '', log_id: '' };
    await expect(tokensFrom(flat)).rejects.toMatchObject({ code: 'invalid_client' });
  },
};

describe('forms of the seed documents (section 13 of the wire reference)', () => {
  test('every one of its 61 rows is here', () => {
    const rows = Array.from({ length: 61 }, (_, index) => index + 1);
    expect(Object.keys(ROWS).map(Number)).toEqual(rows);
  });

  test.each(Object.entries(ROWS))('row %s', async (_row, check) => {
    if (typeof check === 'function') return check();
    expect(check.notOurs).toMatch(/\w/);
  });
});

function authorize({ redirectUri }: { redirectUri: string }) {
  const oauth = new TikTokOAuth({ clientKey: 'k', clientSecret: 's' });
  const { value: state } = createState();
  return oauth.createAuthorizeUrl({ redirectUri, scopes: ['video.publish'], state });
}

/** A token source whose access token lives for so many seconds. */
async function makeSource(leftSec: number) {
  const saved: string[] = [];
  let count = 0;
  const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000).toISOString();
  const tokensOf = (name: string, seconds: number) =>
    restoreTokens({
      accessToken: `act.${name}`,
      refreshToken: `rft.${name}`,
      openId: '-000x',
      scopes: ['video.publish'],
      expiresAt: inSeconds(seconds),
      refreshExpiresAt: inSeconds(15_552_000),
    });
  const source = new RefreshingTokenSource({
    clock: () => NOW,
    tokens: tokensOf('old', leftSec),
    save: async ({ refreshToken }) => void saved.push(refreshToken),
    oauth: {
      refresh: async () => {
        count += 1;
        return tokensOf(`new${count}`, 7200);
      },
    },
  });
  return { source, refreshes: () => count, saved };
}
