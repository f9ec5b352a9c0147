import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  blobSource,
  fetchSender,
  type PublishCheckpoint,
  type PublishEvent,
  parsePublishCheckpoint,
  planUploads,
  publishVideo,
  type RateSlotRequest,
  rangeSource,
  resumePublish,
  TikTokClient,
  TikTokInvalidPostError,
  TikTokNetworkError,
  TikTokUnclearInitError,
  TikTokUploadError,
  TikTokValidationError,
} from '../../src/index.ts';
import * as node from '../../src/node/index.ts';
import { RefreshingTokenSource, restoreTokens, TikTokOAuth } from '../../src/oauth/index.ts';
import {
  CREATOR_INFO,
  cut,
  hang,
  INBOX_INIT,
  json,
  ok,
  PUBLIC_CREATOR,
  playTikTok,
  type Reply,
  raw,
  refuse,
  type Script,
  type ScriptedTikTok,
  STATUS,
  status,
  takeChunk,
  UPLOAD,
  unlimited,
  VIDEO_INIT,
} from './scripted-tiktok.ts';
import { DEMO_VIDEO_PATH, demoSource, padVideo, readDemoVideo } from './videos.ts';

const postInfo = { privacy_level: 'PUBLIC_TO_EVERYONE', title: 'first light' } as const;

function clientOf(tiktok: ScriptedTikTok, timeoutMs = 5_000) {
  const random = () => 0;
  const baseUrl = tiktok.url;
  return new TikTokClient({ accessToken: 'act.x', baseUrl, limiter: unlimited, timeoutMs, random });
}

/** A source of this size whose bytes nobody made: for what fails before they are read. */
function emptySource(size: number) {
  return rangeSource({
    size,
    open: (first, last) => new Blob([new Uint8Array(last - first + 1)]).stream(),
  });
}

const paths = (tiktok: ScriptedTikTok) => tiktok.received.map(({ path }) => path);
const publishedAt = (...before: Reply[]) => [
  ...before,
  status('PUBLISH_COMPLETE', '"publicaly_available_post_id":[7678907398077074696]'),
];

test('reads the creator, sends one init, uploads, and follows the post', async () => {
  await using tiktok = await playTikTok();
  const source = demoSource();
  const run = publishVideo(clientOf(tiktok), { source, postInfo });
  const events: PublishEvent[] = [];
  for await (const event of run) events.push(event);
  expect(await run.result).toEqual({
    status: 'published',
    publishId: 'v_pub_file~v2-1.1',
    postIds: ['7678907398077074696'],
    postUrls: ['https://www.tiktok.com/@demo_creator/video/7678907398077074696'],
    visibility: 'public',
  });
  expect(events.map(({ type }) => type)).toEqual([
    'creator_info',
    'validated',
    'init',
    ...events.filter(({ type }) => type === 'upload').map(() => 'upload'),
    'status',
    'done',
  ]);
  const [plan] = planUploads(source.size);
  expect(events).toContainEqual({ type: 'init', publishId: 'v_pub_file~v2-1.1', plan });
  expect(events.findLast(({ type }) => type === 'upload')).toMatchObject({
    bytesSent: source.size,
    bytesTotal: source.size,
  });
  expect(paths(tiktok)).toEqual([CREATOR_INFO, VIDEO_INIT, UPLOAD, STATUS]);
  expect(tiktok.to(VIDEO_INIT)[0]?.json).toEqual({
    post_info: postInfo,
    source_info: { source: 'FILE_UPLOAD', ...plan },
  });
  const [chunk] = tiktok.to(UPLOAD);
  expect(chunk).toMatchObject({ method: 'PUT', bytes: source.size });
  expect(chunk?.headers).toMatchObject({
    'content-type': 'video/mp4',
    'content-length': String(source.size),
    'content-range': `bytes 0-${source.size - 1}/${source.size}`,
  });
  expect(chunk?.headers).not.toHaveProperty('authorization');
});

test('sends a video to the inbox without asking for the creator', async () => {
  await using tiktok = await playTikTok({ [STATUS]: [status('SEND_TO_USER_INBOX')] });
  const run = publishVideo(clientOf(tiktok), { mode: 'inbox', source: demoSource() });
  expect(await run.result).toEqual({ status: 'in_inbox', publishId: 'v_inbox_file~v2.1' });
  expect(paths(tiktok)).toEqual([INBOX_INIT, UPLOAD, STATUS]);
  expect(tiktok.to(INBOX_INIT)[0]?.json).toEqual({
    source_info: { source: 'FILE_UPLOAD', ...planUploads(demoSource().size)[0] },
  });
});

test('has TikTok fetch a video by its URL', async () => {
  await using tiktok = await playTikTok({
    [VIDEO_INIT]: [ok({ publish_id: 'v_pub_url~v2-1.1' })],
    [STATUS]: publishedAt(status('PROCESSING_DOWNLOAD', '"downloaded_bytes":7')),
  });
  const videoUrl = 'https://media.example.com/videos/1.mp4?signature=abc';
  const run = publishVideo(clientOf(tiktok), { videoUrl, postInfo });
  expect(await run.result).toMatchObject({ status: 'published', publishId: 'v_pub_url~v2-1.1' });
  expect(paths(tiktok)).toEqual([CREATOR_INFO, VIDEO_INIT, STATUS, STATUS]);
  expect(tiktok.to(VIDEO_INIT)[0]?.json).toEqual({
    post_info: postInfo,
    source_info: { source: 'PULL_FROM_URL', video_url: videoUrl },
  });
});

test('switches off what the creator has and the post leaves open', async () => {
  const creator = { ...PUBLIC_CREATOR, duet_disabled: true, stitch_disabled: true };
  await using tiktok = await playTikTok({ [CREATOR_INFO]: [ok(creator)] });
  const open = { ...postInfo, disable_stitch: true };
  await publishVideo(clientOf(tiktok), { source: demoSource(), postInfo: open }).result;
  expect(tiktok.to(VIDEO_INIT)[0]?.json).toMatchObject({
    post_info: { ...postInfo, disable_duet: true, disable_stitch: true },
  });
  expect(tiktok.to(VIDEO_INIT)[0]?.json).not.toHaveProperty('post_info.disable_comment');
});

test('puts seed-style choices right with a warning before they are checked', async () => {
  await using tiktok = await playTikTok();
  const warned: unknown[] = [];
  const client = new TikTokClient({
    accessToken: 'act.x',
    baseUrl: tiktok.url,
    limiter: unlimited,
    onWarning: ({ row, seedForm, officialForm }) => warned.push([row, seedForm, officialForm]),
  });
  const source = demoSource();
  await publishVideo(client, { source, postInfo: { privacy_level: 'PRIVATE' } }).result;
  expect(tiktok.to(VIDEO_INIT)[0]?.json).toHaveProperty('post_info.privacy_level', 'SELF_ONLY');
  expect(warned).toEqual([[16, 'PRIVATE', 'SELF_ONLY']]);
});

test("sends the bytes, too, by the client's fetch", async () => {
  await using tiktok = await playTikTok();
  const methods: (string | undefined)[] = [];
  const client = new TikTokClient({
    accessToken: 'act.x',
    baseUrl: tiktok.url,
    limiter: unlimited,
    fetch: (url, init) => {
      methods.push(init?.method);
      return fetch(url, init);
    },
  });
  await publishVideo(client, { source: demoSource(), postInfo }).result;
  expect(methods).toEqual(['POST', 'POST', 'PUT', 'POST']);
});

describe('the ladder of chunk plans', () => {
  const size = 150_000_000;
  const [first, second] = planUploads(size);
  const source = emptySource(size);
  const contentType = 'video/mp4';
  const plansOf = (tiktok: ScriptedTikTok) =>
    tiktok
      .to(VIDEO_INIT)
      .map(({ json: body }) => body)
      .map((body) => {
        expect(body).toHaveProperty('source_info.video_size', size);
        return body;
      });
  const failUpload = { [UPLOAD]: [raw(403, '')] };

  test.each([
    ['invalid_params', 'The chunk size is invalid'],
    ['invalid_param', 'The total chunk count is invalid'],
    ['invalid_params', 'total_chunk_count is wrong'],
  ])('a definite %s "%s" leads to the next plan, before any byte', async (code, message) => {
    const upload_url = (tiktok: string) => `${tiktok}${UPLOAD}`;
    await using target = await playTikTok(failUpload);
    const accept = ok({ publish_id: 'p2', upload_url: upload_url(target.url) });
    await using tiktok = await playTikTok({ [VIDEO_INIT]: [refuse(400, code, message), accept] });
    const run = publishVideo(clientOf(tiktok), { source, contentType, postInfo });
    await expect(run.result).rejects.toMatchObject({ code: 'upload_url_expired' });
    expect(run.publishId).toBe('p2');
    expect(plansOf(tiktok)).toMatchObject([
      { source_info: { ...first } },
      { source_info: { ...second } },
    ]);
  });

  test('ends with the refusal of the last plan', async () => {
    const no = refuse(400, 'invalid_params', 'The chunk size is invalid');
    await using tiktok = await playTikTok({ [VIDEO_INIT]: [no] });
    const { result } = publishVideo(clientOf(tiktok), { source, contentType, postInfo });
    await expect(result).rejects.toMatchObject({ name: 'TikTokApiError', code: 'invalid_params' });
    expect(tiktok.to(VIDEO_INIT)).toHaveLength(2);
    expect(tiktok.to(UPLOAD)).toHaveLength(0);
  });

  test.each([
    { name: 'another parameter', answer: refuse(400, 'invalid_params', 'title is too long') },
    { name: 'another code', answer: refuse(403, 'spam_risk_too_many_posts', 'chunk size') },
    { name: 'a 5xx', answer: refuse(500, 'invalid_params', 'The chunk size is invalid') },
  ])('does not go on after $name', async ({ answer }) => {
    await using tiktok = await playTikTok({ [VIDEO_INIT]: [answer] });
    const { result } = publishVideo(clientOf(tiktok), { source, contentType, postInfo });
    await expect(result).rejects.toThrow();
    expect(tiktok.to(VIDEO_INIT)).toHaveLength(1);
  });

  test('takes a rate slot for each init', async () => {
    const no = refuse(400, 'invalid_params', 'The chunk size is invalid');
    await using tiktok = await playTikTok({ [VIDEO_INIT]: [no] });
    const slots: string[] = [];
    const limiter = {
      acquire: async ({ endpoint }: { endpoint: string }) => void slots.push(endpoint),
      state: () => [],
    };
    const client = new TikTokClient({ accessToken: 'act.x', baseUrl: tiktok.url, limiter });
    const { result } = publishVideo(client, { source, contentType, postInfo });
    await expect(result).rejects.toThrow();
    expect(slots).toEqual(['creator_info/query', 'video/init', 'video/init']);
  });
});

test.each([
  { name: 'a 5xx', answer: refuse(500, 'internal_error') },
  { name: 'a cut connection', answer: cut },
  { name: 'silence', answer: hang, timeoutMs: 700 },
  { name: 'half an answer', answer: half },
  { name: 'an answer without upload_url', answer: ok({ publish_id: 'p1' }) },
])('an init answered by $name is never sent again', async ({ answer, timeoutMs }) => {
  await using tiktok = await playTikTok({ [VIDEO_INIT]: [answer] });
  const { result } = publishVideo(clientOf(tiktok, timeoutMs), { source: demoSource(), postInfo });
  const error = await result.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TikTokUnclearInitError);
  // Without the lost upload_url nothing can be posted of it.
  expect(error).toMatchObject({ code: 'init_unclear', isRepeatSafe: true });
  expect(error).toHaveProperty('explanation', expect.stringContaining('again is safe'));
  expect(paths(tiktok)).toEqual([CREATOR_INFO, VIDEO_INIT]);
});

describe('an init that was never sent is not unclear', () => {
  const REFRESH = '/v2/oauth/token/';
  const start = async (script: Script) => {
    const tiktok = await playTikTok({ [REFRESH]: [cut], ...script });
    const oauth = new TikTokOAuth({ clientKey: 'k', clientSecret: 'secret', baseUrl: tiktok.url });
    const expiresAt = new Date(Date.now() + 7_200_000).toISOString();
    const stored = { accessToken: 'act.1', refreshToken: 'rft.1', openId: 'o', scopes: [] };
    const tokens = restoreTokens({ ...stored, expiresAt, refreshExpiresAt: null });
    const accessToken = new RefreshingTokenSource({ oauth, tokens, save: async () => {} });
    const client = new TikTokClient({ accessToken, baseUrl: tiktok.url, limiter: unlimited });
    return { tiktok, client };
  };

  test('the token that TikTok refused could not be renewed', async () => {
    const { tiktok, client } = await start({ [VIDEO_INIT]: [refuse(401, 'access_token_invalid')] });
    await using _closed = tiktok;
    const videoUrl = 'https://media.example.com/1.mp4';
    const error = await publishVideo(client, { videoUrl, postInfo }).result.catch((e) => e);
    expect(error).not.toBeInstanceOf(TikTokUnclearInitError);
    expect(error).toMatchObject({ code: 'network_error', request: `POST ${REFRESH}` });
    expect(paths(tiktok)).toEqual([CREATOR_INFO, VIDEO_INIT, REFRESH]);
  });

  test('the limiter of the caller failed', async () => {
    await using tiktok = await playTikTok();
    const failure = new TikTokNetworkError({ code: 'network_error', message: 'no Redis' });
    const acquire = async ({ endpoint }: RateSlotRequest) => {
      if (endpoint === 'video/init') throw failure;
    };
    const limiter = { acquire, state: () => [] };
    const client = new TikTokClient({ accessToken: 'act.x', baseUrl: tiktok.url, limiter });
    const videoUrl = 'https://media.example.com/1.mp4';
    await expect(publishVideo(client, { videoUrl, postInfo }).result).rejects.toBe(failure);
    expect(paths(tiktok)).toEqual([CREATOR_INFO]);
  });
});

test('the hour of the upload begins with the answer to the init, not in the queue before it', async () => {
  await using tiktok = await playTikTok();
  const queuedMs = 61 * 60_000;
  let now = Date.now();
  const acquire = async ({ endpoint }: RateSlotRequest) => {
    if (endpoint === 'video/init') now += queuedMs;
  };
  const limiter = { acquire, state: () => [] };
  const clock = () => new Date(now);
  const client = new TikTokClient({ accessToken: 'act.x', baseUrl: tiktok.url, limiter, clock });
  const stored: PublishCheckpoint[] = [];
  const onCheckpoint = (checkpoint: PublishCheckpoint) => void stored.push(checkpoint);
  const run = publishVideo(client, { source: demoSource(), postInfo }, { onCheckpoint });
  expect(await run.result).toMatchObject({ status: 'published' });
  // TikTok counts from some instant within the 30 s that the answer may have taken.
  const expiresAt = Date.parse(stored[0]?.upload?.expires_at ?? '');
  expect(expiresAt - now).toBe(3_600_000 - 30_000);
});

function half(...[response]: Parameters<Reply>): void {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"data":{"publish_id":"p1","upl');
  response.socket?.end();
}

test('refuses everything that is wrong together, before the init', async () => {
  await using tiktok = await playTikTok();
  const run = publishVideo(clientOf(tiktok), {
    source: blobSource(new Blob(['this is no video, whatever its name says'])),
    durationSec: 61,
    postInfo: {
      title: 'x'.repeat(2201),
      privacy_level: 'FOLLOWER_OF_CREATOR',
      brand_content_toggle: true,
      video_cover_timestamp_ms: -1,
    },
  });
  const error = await run.result.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TikTokInvalidPostError);
  if (!(error instanceof TikTokInvalidPostError)) return;
  expect(error.problems.map(({ field, code }) => [field, code])).toEqual([
    ['source', 'video_type_unsupported'],
    ['title', undefined],
    ['privacy_level', undefined],
    ['brand_content_toggle', undefined],
    ['video_cover_timestamp_ms', undefined],
    ['durationSec', undefined],
  ]);
  expect(paths(tiktok)).toEqual([CREATOR_INFO]);
});

test('an upload_url on a foreign host gets no byte', async () => {
  await using foreign = await playTikTok();
  const upload_url = `${foreign.url.replace('127.0.0.1', 'localhost')}${UPLOAD}?token=canary`;
  await using tiktok = await playTikTok({ [VIDEO_INIT]: [ok({ publish_id: 'p1', upload_url })] });
  const client = new TikTokClient({
    accessToken: 'act.x',
    baseUrl: tiktok.url,
    limiter: unlimited,
    allowUploadHost: (url) => url.hostname === '127.0.0.1',
  });
  const { result } = publishVideo(client, { source: demoSource(), postInfo });
  const error = await result.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TikTokUploadError);
  expect(error).toMatchObject({ code: 'upload_host_refused' });
  expect(JSON.stringify(error)).not.toContain('canary');
  expect(foreign.received).toHaveLength(0);
});

describe('another process', () => {
  const size = 64_000_001;
  const video = blobSource(padVideo(readDemoVideo(), size));

  test('goes on where the first one died, with no second init', async () => {
    await using tiktok = await playTikTok({
      [UPLOAD]: [takeChunk, cut, takeChunk],
      [STATUS]: publishedAt(status('PROCESSING_UPLOAD', '"uploaded_bytes":32000000')),
    });
    const stored: string[] = [];
    const dying = new AbortController();
    const run = publishVideo(
      clientOf(tiktok),
      { source: video, postInfo },
      {
        signal: dying.signal,
        onCheckpoint: (checkpoint) => {
          stored.push(JSON.stringify(checkpoint));
          if (checkpoint.upload?.uploaded_bytes === 32_000_000) dying.abort();
        },
      },
    );
    await expect(run.result).rejects.toHaveProperty('name', 'AbortError');
    expect(tiktok.to(UPLOAD)).toHaveLength(1);
    expect(stored.map((text) => JSON.parse(text).upload.uploaded_bytes)).toEqual([0, 32_000_000]);

    const checkpoint: PublishCheckpoint = JSON.parse(stored.at(-1) ?? '');
    const resumed = resumePublish(clientOf(tiktok), checkpoint, { source: video });
    expect(await resumed.result).toMatchObject({ status: 'published', visibility: 'public' });
    expect(resumed.checkpoint).not.toHaveProperty('upload');
    expect(tiktok.to(VIDEO_INIT)).toHaveLength(1);
    expect(tiktok.to(UPLOAD).map(({ headers }) => headers['content-range'])).toEqual([
      `bytes 0-31999999/${size}`,
      // The second was cut and, as the status told that it was not kept, sent again.
      ...tiktok
        .to(UPLOAD)
        .slice(1)
        .map(() => `bytes 32000000-64000000/${size}`),
    ]);
  });

  const checkpoint: PublishCheckpoint = {
    version: 1,
    publishId: 'v_pub_file~v2-1.1',
    mediaType: 'video',
    upload: {
      version: 1,
      ...planUploads(size)[0],
      upload_url: 'http://127.0.0.1:1/upload?token=canary',
      content_type: 'video/mp4',
      uploaded_bytes: 32_000_000,
      expires_at: '2020-01-01T00:00:00.000Z',
      source_fingerprint: null,
    },
  };

  test('needs neither source nor upload when TikTok has everything, even after the hour', async () => {
    await using tiktok = await playTikTok({
      [STATUS]: publishedAt(status('PROCESSING_UPLOAD', `"uploaded_bytes":${size}`)),
    });
    const { result } = resumePublish(clientOf(tiktok), checkpoint);
    expect(await result).toMatchObject({ status: 'published' });
    expect(new Set(paths(tiktok))).toEqual(new Set([STATUS]));
  });

  test('shows the upload_url neither in what was parsed nor in a resumed run', async () => {
    await using tiktok = await playTikTok();
    const stored = JSON.stringify(checkpoint);
    const parsed = parsePublishCheckpoint(JSON.parse(stored));
    expect(inspect(parsed, { depth: 9 })).not.toContain('canary');
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(checkpoint);
    const seen: PublishCheckpoint[] = [];
    const onCheckpoint = (given: PublishCheckpoint) => void seen.push(given);
    const run = resumePublish(clientOf(tiktok), JSON.parse(stored), {}, { onCheckpoint });
    await run.result;
    expect(seen[0]?.upload?.upload_url).toContain('canary');
    expect(inspect([seen, run.checkpoint], { depth: 9 })).not.toContain('canary');
    const broken = { ...checkpoint, upload: { ...checkpoint.upload, video_size: 'x' } };
    expect(() => parsePublishCheckpoint(broken)).toThrow(TikTokValidationError);
  });

  test('needs no file when TikTok has everything', async () => {
    await using tiktok = await playTikTok();
    const gone = { source: '/nowhere/gone.mp4' };
    const { result } = node.resumePublish(clientOf(tiktok), checkpoint, gone);
    expect(await result).toMatchObject({ status: 'published' });
  });

  test('says that the file is gone when bytes are missing', async () => {
    const missing = status('PROCESSING_UPLOAD', '"uploaded_bytes":32000000');
    await using tiktok = await playTikTok({ [STATUS]: [missing] });
    const gone = { source: '/nowhere/gone.mp4' };
    const { result } = node.resumePublish(clientOf(tiktok), checkpoint, gone);
    await expect(result).rejects.toMatchObject({
      code: 'source_missing',
      explanation: expect.stringContaining('no file'),
    });
  });

  test('says what it lacks', async () => {
    const missing = status('PROCESSING_UPLOAD', '"uploaded_bytes":32000000');
    await using tiktok = await playTikTok({ [STATUS]: [missing] });
    const client = clientOf(tiktok);
    await expect(resumePublish(client, checkpoint).result).rejects.toMatchObject({
      code: 'source_missing',
      explanation: expect.stringContaining('does not have all of the video'),
    });
    await expect(resumePublish(client, checkpoint, { source: video }).result).rejects.toMatchObject(
      { code: 'upload_url_expired' },
    );
    const other = blobSource(padVideo(readDemoVideo(), size + 1));
    await expect(resumePublish(client, checkpoint, { source: other }).result).rejects.toMatchObject(
      { code: 'source_changed' },
    );
    const broken = { ...checkpoint, publishId: 7 };
    // What is stored may be anything.
    const stored = JSON.parse(JSON.stringify(broken)) as PublishCheckpoint;
    await expect(resumePublish(client, stored).result).rejects.toMatchObject({
      code: 'checkpoint_invalid',
    });
  });
});

test('a lost answer to the last chunk is settled by status, never sent again', async () => {
  const size = demoSource().size;
  await using tiktok = await playTikTok({
    [UPLOAD]: [cut],
    [STATUS]: publishedAt(status('PROCESSING_UPLOAD', `"uploaded_bytes":${size}`)),
  });
  const { result } = publishVideo(clientOf(tiktok), { source: demoSource(), postInfo });
  expect(await result).toMatchObject({ status: 'published' });
  expect(tiktok.to(UPLOAD)).toHaveLength(1);
});

test('a post that TikTok gives up during the upload is failed with its reason', async () => {
  await using tiktok = await playTikTok({
    [UPLOAD]: [json(416, {})],
    [STATUS]: [status('FAILED', '"fail_reason":"auth_removed"')],
  });
  const { result } = publishVideo(clientOf(tiktok), { source: demoSource(), postInfo });
  expect(await result).toMatchObject({ status: 'failed', failReason: 'auth_removed' });
});

describe('leaves nothing open', () => {
  const entries = {
    'the root entry': (tiktok: ScriptedTikTok, signal?: AbortSignal) =>
      publishVideo(clientOf(tiktok), { source: demoSource(), postInfo }, { signal }),
    'a stream by fetch': (tiktok: ScriptedTikTok, signal?: AbortSignal) =>
      publishVideo(
        clientOf(tiktok),
        { source: demoSource(), postInfo },
        { signal, sender: fetchSender({ body: 'stream' }) },
      ),
    'the Node entry': (tiktok: ScriptedTikTok, signal?: AbortSignal) =>
      node.publishVideo(clientOf(tiktok), { source: DEMO_VIDEO_PATH, postInfo }, { signal }),
  };
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout');

  test.each(Object.entries(entries))('after success: %s', async (_name, publish) => {
    await using tiktok = await playTikTok();
    const before = timers().length;
    await publish(tiktok).result;
    expect(timers().length).toBeLessThanOrEqual(before);
    expect(tiktok.openRequests()).toBe(0);
    expect(tiktok.to(UPLOAD)).toHaveLength(1);
  });

  test.each(Object.entries(entries))(
    'after an abort while uploading: %s',
    async (_name, publish) => {
      await using tiktok = await playTikTok({ [UPLOAD]: [hang] });
      const before = timers().length;
      const controller = new AbortController();
      const run = publish(tiktok, controller.signal);
      run.result.catch(() => {});
      await expect.poll(() => tiktok.to(UPLOAD).length, { timeout: 5_000 }).toBe(1);
      const reason = new Error('the user left');
      controller.abort(reason);
      await expect(run.result).rejects.toBe(reason);
      expect(run.publishId).toBe('v_pub_file~v2-1.1');
      await expect.poll(() => tiktok.openRequests(), { timeout: 5_000 }).toBe(0);
      expect(timers().length).toBeLessThanOrEqual(before);
      expect(tiktok.to(UPLOAD)).toHaveLength(1);
      expect(tiktok.to(STATUS)).toHaveLength(0);
    },
  );

  // The runtime keeps connections of fetch for a while; those of the Node entry are our own.
  test.each([
    { name: 'success', answer: takeChunk },
    { name: 'a refused chunk', answer: raw(403, '') },
  ])('no connection of the Node entry after $name', async ({ answer }) => {
    await using tiktok = await playTikTok({ [UPLOAD]: [answer] });
    await entries['the Node entry'](tiktok).result.catch(() => {});
    await expect.poll(() => tiktok.openConnections(UPLOAD), { timeout: 5_000 }).toBe(0);
  });

  test.each(Object.entries(entries))('after a refused chunk: %s', async (_name, publish) => {
    await using tiktok = await playTikTok({ [UPLOAD]: [raw(403, '')] });
    const before = timers().length;
    await expect(publish(tiktok).result).rejects.toMatchObject({ code: 'upload_url_expired' });
    expect(timers().length).toBeLessThanOrEqual(before);
    expect(tiktok.to(UPLOAD)).toHaveLength(1);
    expect(tiktok.to(VIDEO_INIT)).toHaveLength(1);
  });
});
