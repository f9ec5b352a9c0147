import { TikTokClient, TikTokValidationError } from '@greenroom/sdk';
import { describe, expect, test } from 'vitest';
import {
  type SeenRequest,
  sendJson,
  sendOk,
  startServer,
  type TestServer,
} from './support/server.ts';

const CREATOR = {
  creator_avatar_url: 'https://p16.example-cdn.test/avatar.jpeg',
  creator_username: 'demo_creator',
  creator_nickname: 'Demo Creator',
  privacy_level_options: ['FOLLOWER_OF_CREATOR', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY', 'BRAND_NEW'],
  comment_disabled: false,
  duet_disabled: true,
  stitch_disabled: true,
  max_video_post_duration_sec: 600,
  field_of_tomorrow: [1],
};
const UPLOAD = {
  source: 'FILE_UPLOAD',
  video_size: 50_000_123,
  chunk_size: 10_000_000,
  total_chunk_count: 5,
} as const;
const ID = '7678907398077074696';

interface Case {
  readonly call: string;
  readonly run: (client: TikTokClient) => Promise<unknown>;
  readonly data: unknown;
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
  readonly result: unknown;
}

const CASES: readonly Case[] = [
  {
    call: 'queryCreatorInfo',
    run: (client) => client.queryCreatorInfo(),
    data: CREATOR,
    method: 'POST',
    url: '/v2/post/publish/creator_info/query/',
    body: {},
    result: CREATOR,
  },
  {
    call: 'initVideo with a file',
    run: async (client) => {
      const init = { post_info: { privacy_level: 'SELF_ONLY', title: 'é🙂' }, source_info: UPLOAD };
      const { publish_id, upload_url } = await client.initVideo(init);
      return { publish_id, upload_url };
    },
    data: { publish_id: 'v_pub_file~v2-1.1', upload_url: 'https://u.test/?t=1', more: 1 },
    method: 'POST',
    url: '/v2/post/publish/video/init/',
    body: { post_info: { privacy_level: 'SELF_ONLY', title: 'é🙂' }, source_info: UPLOAD },
    result: { publish_id: 'v_pub_file~v2-1.1', upload_url: 'https://u.test/?t=1' },
  },
  {
    call: 'initVideo with a URL',
    run: (client) =>
      client.initVideo({
        post_info: { privacy_level: 'SELF_ONLY' },
        source_info: { source: 'PULL_FROM_URL', video_url: 'https://media.example.com/a.mp4' },
      }),
    data: { publish_id: 'v_pub_url~v2-1.1' },
    method: 'POST',
    url: '/v2/post/publish/video/init/',
    body: {
      post_info: { privacy_level: 'SELF_ONLY' },
      source_info: { source: 'PULL_FROM_URL', video_url: 'https://media.example.com/a.mp4' },
    },
    result: { publish_id: 'v_pub_url~v2-1.1' },
  },
  {
    call: 'initInboxVideo',
    run: async (client) => (await client.initInboxVideo({ source_info: UPLOAD })).upload_url,
    data: { publish_id: 'v_inbox_file~v2.1', upload_url: 'https://u.test/?t=1' },
    method: 'POST',
    url: '/v2/post/publish/inbox/video/init/',
    body: { source_info: UPLOAD },
    result: 'https://u.test/?t=1',
  },
  {
    call: 'initPhotos',
    run: (client) =>
      client.initPhotos({
        post_mode: 'DIRECT_POST',
        post_info: { title: 'three rooms', privacy_level: 'SELF_ONLY' },
        source_info: {
          source: 'PULL_FROM_URL',
          photo_images: ['https://media.example.com/1.webp'],
          photo_cover_index: 0,
        },
      }),
    data: { publish_id: 'p_pub_url~v2.1' },
    method: 'POST',
    url: '/v2/post/publish/content/init/',
    body: {
      media_type: 'PHOTO',
      post_mode: 'DIRECT_POST',
      post_info: { title: 'three rooms', privacy_level: 'SELF_ONLY' },
      source_info: {
        source: 'PULL_FROM_URL',
        photo_images: ['https://media.example.com/1.webp'],
        photo_cover_index: 0,
      },
    },
    result: { publish_id: 'p_pub_url~v2.1' },
  },
  {
    call: 'cancelPost, answered without data',
    run: (client) => client.cancelPost('v_pub_url~v2-1.1'),
    data: undefined,
    method: 'POST',
    url: '/v2/post/publish/cancel/',
    body: { publish_id: 'v_pub_url~v2-1.1' },
    result: undefined,
  },
  {
    call: 'cancelPost, answered with null',
    run: (client) => client.cancelPost('p'),
    data: null,
    method: 'POST',
    url: '/v2/post/publish/cancel/',
    body: { publish_id: 'p' },
    result: undefined,
  },
  {
    call: 'getUserInfo',
    run: (client) => client.getUserInfo(['open_id', 'likes_count']),
    data: { user: { open_id: '-000x', likes_count: 12 } },
    method: 'GET',
    url: '/v2/user/info/?fields=open_id,likes_count',
    result: { open_id: '-000x', likes_count: 12 },
  },
  {
    call: 'getUserInfo of a stand-in that spells like_count',
    run: (client) => client.getUserInfo(['likes_count', 'follower_count']),
    data: { user: { like_count: 12, follower_count: 34 } },
    method: 'GET',
    url: '/v2/user/info/?fields=likes_count,follower_count',
    result: { likes_count: 12, follower_count: 34 },
  },
  {
    call: 'listVideosPage',
    run: (client) => client.listVideosPage({ fields: ['id', 'title'], cursor: 9, max_count: 2 }),
    data: { videos: [{ id: ID, title: 'a', is_new: true }], cursor: 1763690000000, has_more: true },
    method: 'POST',
    url: '/v2/video/list/?fields=id,title',
    body: { cursor: 9, max_count: 2 },
    result: {
      videos: [{ id: ID, title: 'a', is_new: true }],
      cursor: 1763690000000,
      has_more: true,
    },
  },
  {
    call: 'listVideosPage of a cursor as text',
    run: (client) => client.listVideosPage({ fields: ['id'] }),
    data: { videos: [], cursor: '1763690000000', has_more: false },
    method: 'POST',
    url: '/v2/video/list/?fields=id',
    body: { max_count: 20 },
    result: { videos: [], cursor: 1763690000000, has_more: false },
  },
  {
    call: 'queryVideos',
    run: (client) => client.queryVideos([ID], ['id', 'cover_image_url']),
    data: { videos: [{ id: ID, cover_image_url: 'https://c.test/1' }], cursor: 0, has_more: false },
    method: 'POST',
    url: '/v2/video/query/?fields=id,cover_image_url',
    body: { filters: { video_ids: [ID] } },
    result: [{ id: ID, cover_image_url: 'https://c.test/1' }],
  },
];

test.each(CASES)('$call sends and reads what TikTok documents', async (given) => {
  const { run, data, method, url, body, result } = given;
  await using server = await startServer((response) => sendOk(response, data));
  const answer = await run(startClient(server));
  expect(answer).toEqual(result);
  expect(server.requests).toHaveLength(1);
  const [request] = server.requests;
  expect(request).toMatchObject({ method, url });
  expect(request?.headers.authorization).toBe('Bearer act.x!y.z');
  expect(bodyOf(request)).toEqual(body);
  if (body !== undefined) {
    expect(request?.headers['content-type']).toBe('application/json; charset=UTF-8');
  }
});

describe('a status', () => {
  test.each([
    [
      'with its bytes',
      { status: 'PROCESSING_UPLOAD', uploaded_bytes: 1000 },
      { uploaded_bytes: 1000 },
    ],
    [
      'with bytes as text',
      { status: 'PROCESSING_DOWNLOAD', downloaded_bytes: '7' },
      { downloaded_bytes: 7 },
    ],
    ['with a reason', { status: 'FAILED', fail_reason: 'spam_risk' }, { fail_reason: 'spam_risk' }],
    ['without a reason', { status: 'FAILED', fail_reason: '' }, { fail_reason: undefined }],
    ['that TikTok has added', { status: 'BRAND_NEW' }, { status: 'BRAND_NEW' }],
    ['of old notes', { status: 'POSTED' }, { status: 'PUBLISH_COMPLETE' }],
    ['of old notes that failed', { status: 'UPLOAD_FAILED' }, { status: 'FAILED' }],
    ['without ids', { status: 'PUBLISH_COMPLETE' }, { publicaly_available_post_id: [] }],
  ])('%s is read, and kept as it came', async (_what, data, expected) => {
    await using server = await startServer((response) => sendOk(response, data));
    const status = await startClient(server).fetchStatus('p');
    expect(status).toMatchObject({ ...expected, raw: data });
    expect(bodyOf(server.requests[0])).toEqual({ publish_id: 'p' });
  });

  test('has its ids exactly, also as bare numbers', async () => {
    const text = `{"data":{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":[${ID}]},"error":{"code":"ok"}}`;
    await using server = await startServer((response) => void response.end(text));
    const status = await startClient(server).fetchStatus('p');
    expect(status.publicaly_available_post_id).toEqual([ID]);
    expect(status.raw).toEqual({ status: 'PUBLISH_COMPLETE', publicaly_available_post_id: [ID] });
  });
});

describe('a list of videos', () => {
  test('goes through all pages as they are asked for', async () => {
    const pages = [
      { videos: [{ id: '1' }, { id: '2' }], cursor: 200, has_more: true },
      { videos: [], cursor: 100, has_more: true },
      { videos: [{ id: '3' }], cursor: 50, has_more: false },
    ];
    await using server = await startServer((response, _request, i) => sendOk(response, pages[i]));
    const ids: unknown[] = [];
    for await (const video of startClient(server).listVideos({ fields: ['id'] })) {
      ids.push(video.id);
      if (ids.length === 2) expect(server.requests).toHaveLength(1);
    }
    expect(ids).toEqual(['1', '2', '3']);
    expect(server.requests.map(bodyOf)).toEqual([
      { max_count: 20 },
      { cursor: 200, max_count: 20 },
      { cursor: 100, max_count: 20 },
    ]);
  });

  test('ends when the cursor stands still', async () => {
    const page = { videos: [{ id: '1' }], cursor: 200, has_more: true };
    await using server = await startServer((response) => sendOk(response, page));
    const ids: unknown[] = [];
    for await (const { id } of startClient(server).listVideos({ fields: ['id'] })) ids.push(id);
    expect(ids).toEqual(['1', '1']);
  });
});

test('an envelope says ok by its code, whatever else is in it', async () => {
  await using server = await startServer((response) =>
    sendJson(response, 200, { data: CREATOR, error: { code: 'ok', logid: 'l' }, extra: 1 }),
  );
  expect(await startClient(server).queryCreatorInfo()).toEqual(CREATOR);
});

test.each(['log_id', 'logid'])('the %s of an error is kept', async (field) => {
  await using server = await startServer((response) =>
    sendJson(response, 400, {
      data: null,
      error: { code: 'invalid_params', message: 'The chunk size is invalid', [field]: '2026LOG' },
    }),
  );
  await expect(startClient(server).queryCreatorInfo()).rejects.toMatchObject({
    code: 'invalid_params',
    status: 400,
    logId: '2026LOG',
    message: expect.stringContaining('The chunk size is invalid'),
  });
});

test.each<[string, string, (client: TikTokClient) => Promise<unknown>]>([
  ['no fields of a user', 'argument_invalid', (client) => client.getUserInfo([])],
  ['no fields of videos', 'argument_invalid', (client) => client.queryVideos(['1'], [])],
  ['no ids', 'argument_invalid', (client) => client.queryVideos([], ['id'])],
  ['21 ids', 'argument_invalid', (client) => client.queryVideos(Array(21).fill('1'), ['id'])],
  [
    'pages of 0',
    'argument_invalid',
    (client) => client.listVideosPage({ fields: ['id'], max_count: 0 }),
  ],
  [
    'pages of 21',
    'argument_invalid',
    (client) => client.listVideosPage({ fields: ['id'], max_count: 21 }),
  ],
])('%s are refused before anything is sent', async (_what, code, call) => {
  await using server = await startServer((response) => sendOk(response, {}));
  const error = call(startClient(server));
  await expect(error).rejects.toBeInstanceOf(TikTokValidationError);
  await expect(error).rejects.toMatchObject({ code, isRepeatSafe: true });
  expect(server.requests).toHaveLength(0);
});

test('a base URL may have a path and slashes at its end', async () => {
  await using server = await startServer((response) => sendOk(response, CREATOR));
  const client = new TikTokClient({ accessToken: 'a', baseUrl: `${server.url}/tiktok//` });
  await client.queryCreatorInfo();
  expect(server.requests[0]?.url).toBe('/tiktok/v2/post/publish/creator_info/query/');
});

test.each(['', 'open.tiktokapis.com', 'ftp://tiktok.test'])(
  'the base URL %j is refused',
  (baseUrl) => {
    expect(() => new TikTokClient({ accessToken: 'a', baseUrl })).toThrow(TypeError);
  },
);

test('forms of old notes are sent as TikTok wants them, with a warning', async () => {
  await using server = await startServer((response) => sendOk(response, { publish_id: 'p' }));
  const rows: number[] = [];
  const onWarning = ({ row }: { row: number }) => void rows.push(row);
  const client = new TikTokClient({ accessToken: 'a', baseUrl: server.url, onWarning });
  const source_info = { source: 'PULL_FROM_URL', video_url: 'https://m.test/a.mp4' } as const;
  await client.initVideo({ post_info: { privacy_level: 'PRIVATE' }, source_info });
  expect(bodyOf(server.requests[0])).toEqual({
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info,
  });
  expect(rows).toEqual([16]);
});

function startClient(server: TestServer): TikTokClient {
  return new TikTokClient({ accessToken: 'act.x!y.z', baseUrl: server.url });
}

function bodyOf(request: SeenRequest | undefined): unknown {
  return request === undefined || request.body === '' ? undefined : JSON.parse(request.body);
}
