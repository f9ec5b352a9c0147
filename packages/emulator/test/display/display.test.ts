import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/index.ts';
import {
  CONTENT_INIT,
  mediaFile,
  photoPost,
  signIn,
  type TestClient,
  uploadVideo,
} from '../support/client.ts';
import { sendBytes, startServer } from '../support/file-server.ts';

const userFields =
  'open_id,union_id,avatar_url,avatar_url_100,avatar_large_url,display_name,bio_description,profile_deep_link,profile_web_link,is_verified,username,follower_count,following_count,likes_count,video_count';
const videoFields =
  'id,create_time,cover_image_url,share_url,video_description,duration,height,width,title,embed_html,embed_link,like_count,comment_count,share_count,view_count,is_aigc';
let tiktok: RunningEmulator;
let client: TestClient;

beforeAll(async () => {
  tiktok = await startEmulator({ settings: { caps: false, rate_limits: false } });
});
beforeEach(async () => {
  await tiktok.control.reset();
  client = await signIn(tiktok);
});
afterAll(() => tiktok.close());

const userInfo = (fields: string, user = client) => user.get(`/v2/user/info/?fields=${fields}`);
const list = (body?: object, fields = 'id', user = client) =>
  user.post(`/v2/video/list/?fields=${fields}`, body);
const query = (ids: unknown, fields = 'id', user = client) =>
  user.post(`/v2/video/query/?fields=${fields}`, { filters: { video_ids: ids } });

async function publish(count: number, postInfo: object = {}): Promise<string[]> {
  for (let post = 0; post < count; post += 1) {
    await uploadVideo(client, { post_info: { title: `number ${post}`, ...postInfo } });
    await tiktok.control.moveClock({ advance_seconds: 10 });
  }
  await tiktok.control.waitIdle({ advance: true });
  return (await tiktok.control.listPosts()).posts.slice(-count).flatMap(({ post_ids }) => post_ids);
}

// https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info
describe('user/info', () => {
  test('gives the fields that were asked for, and no other', async () => {
    const answer = await userInfo('display_name,likes_count');
    expect(answer.body.data).toEqual({ user: { display_name: 'Public Creator', likes_count: 0 } });
  });

  test('knows every documented field', async () => {
    await publish(1);
    const { user } = (await userInfo(userFields)).body.data;
    expect(Object.keys(user).join(',')).toBe(userFields);
    expect(user).toMatchObject({
      open_id: client.open_id,
      username: 'public_creator',
      is_verified: false,
      follower_count: 1200,
      video_count: 1,
    });
    const avatar = await fetch(String(user['avatar_url']));
    expect([avatar.status, avatar.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  });

  test('gives one union_id and two open_ids to two apps', async () => {
    const other = await signIn(tiktok, { client_key: 'unaudited' });
    const [one, two] = await Promise.all(
      [client, other].map(
        async (user) => (await userInfo('open_id,union_id', user)).body.data.user,
      ),
    );
    expect(one?.['union_id']).toBe(two?.['union_id']);
    expect(one?.['open_id']).not.toBe(two?.['open_id']);
    expect(one?.['open_id']).toMatch(/^-000/);
  });

  test.each(['', 'like_count', 'display_name,'])(
    'fields=%s: 400 invalid_params',
    async (fields) => {
      const answer = await userInfo(fields);
      expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_params']);
    },
  );

  test('a field beyond the granted scopes: 400 scope_permission_missed, or 401 as observed', async () => {
    const basic = await signIn(tiktok, { scopes: ['user.info.basic'] });
    const strict = await userInfo('display_name,likes_count', basic);
    expect([strict.status, strict.body.error.code]).toEqual([400, 'scope_permission_missed']);
    await tiktok.control.patchSettings({ dialect: 'observed' });
    const observed = await userInfo('display_name,likes_count', basic);
    expect([observed.status, observed.body.error.code]).toEqual([401, 'scope_not_authorized']);
    expect((await userInfo('display_name', basic)).status).toBe(200);
  });

  test('without any user scope: 401 scope_not_authorized', async () => {
    const answer = await userInfo('open_id', await signIn(tiktok, { scopes: ['video.list'] }));
    expect([answer.status, answer.body.error.code]).toEqual([401, 'scope_not_authorized']);
  });

  test('takes six hundred requests a minute', async () => {
    await tiktok.control.patchSettings({ rate_limits: true });
    await tiktok.control.moveClock({ frozen: true });
    const codes = new Map<string, number>();
    for (let request = 0; request < 601; request += 1) {
      const { code } = (await userInfo('open_id')).body.error;
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect([...codes]).toEqual([
      ['ok', 600],
      ['rate_limit_exceeded', 1],
    ]);
  });
});

// https://developers.tiktok.com/doc/tiktok-api-v2-video-list
describe('video/list', () => {
  test('lists what was posted, newest first, page by page', async () => {
    const ids = await publish(12);
    const first = await list();
    expect(first.body.data.videos.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 10));
    expect(first.body.data.has_more).toBe(true);
    const second = await list({ cursor: first.body.data.cursor });
    expect(second.body.data.videos.map(({ id }) => id)).toEqual(ids.toReversed().slice(10));
    expect(second.body.data.has_more).toBe(false);
    const small = await list({ max_count: 3 });
    expect(small.body.data.videos).toHaveLength(3);
    const all = await list({ max_count: 20 });
    expect(all.body.data.videos).toHaveLength(12);
  });

  test('shows every documented field of a video', async () => {
    const [id] = await publish(1, { title: 'x'.repeat(151), is_aigc: true });
    const [video = {}] = (await list({}, videoFields)).body.data.videos;
    expect(Object.keys(video).join(',')).toBe(videoFields);
    expect(video).toMatchObject({
      id,
      title: 'x'.repeat(150),
      video_description: 'x'.repeat(150),
      duration: 1,
      width: 360,
      height: 640,
      is_aigc: true,
      share_url: `https://www.tiktok.com/@public_creator/video/${id}`,
    });
    expect(typeof video['create_time']).toBe('number');
    expect((await fetch(String(video['cover_image_url']))).status).toBe(200);
  });

  test('shows photos with the address of a photo', async () => {
    await using server = await startServer((request, response) =>
      sendBytes(request, response, mediaFile('photo-1080x1350.jpg')),
    );
    await client.post(CONTENT_INIT, photoPost([`${server.url}/1.jpg`]));
    await tiktok.control.waitIdle({ advance: true });
    const [video] = (await list({}, 'share_url,width,height')).body.data.videos;
    expect(video).toMatchObject({ width: 1080, height: 1350 });
    expect(video?.['share_url']).toContain('/photo/');
  });

  test('hides what is private, not yet moderated, removed or somebody else’s', async () => {
    await publish(1, { privacy_level: 'SELF_ONLY' });
    await tiktok.control.patchSettings({ moderation: 'manual' });
    await publish(1);
    await tiktok.control.patchSettings({ moderation: 'approve' });
    await publish(1);
    const removed = (await tiktok.control.listPosts()).posts.at(-1)?.publish_id ?? '';
    await tiktok.control.moderatePost(removed, { result: 'remove' });
    expect((await list()).body.data).toMatchObject({ videos: [], has_more: false });
    const [id] = await publish(1);
    expect((await list()).body.data.videos).toEqual([{ id }]);
    const other = await signIn(tiktok, { username: 'private_creator' });
    expect((await list({}, 'id', other)).body.data.videos).toEqual([]);
  });

  test.each([{ max_count: 21 }, { max_count: 0 }, { max_count: '5' }, { cursor: 'x' }])(
    '%j: 400 invalid_params',
    async (body) => {
      const answer = await list(body);
      expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_params']);
    },
  );

  test('needs video.list and fields', async () => {
    const user = await signIn(tiktok, { scopes: ['video.publish'] });
    expect((await list({}, 'id', user)).body.error.code).toBe('scope_not_authorized');
    expect((await list({}, '')).body.error.code).toBe('invalid_params');
  });
});

// https://developers.tiktok.com/doc/tiktok-api-v2-video-query
describe('video/query', () => {
  test('gives those of the ids that belong to the creator', async () => {
    const ids = await publish(2);
    const answer = await query([ids[1], '7000000000000000001']);
    expect(answer.body.data).toEqual({ videos: [{ id: ids[1] }] });
    const other = await signIn(tiktok, { username: 'private_creator' });
    expect((await query(ids, 'id', other)).body.data.videos).toEqual([]);
  });

  test.each([
    ['21 ids', Array(21).fill('1')],
    ['no id', []],
    ['numbers', [1]],
    ['no list', undefined],
  ])('%s: 400 invalid_params', async (_name, ids) => {
    const answer = await query(ids);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_params']);
  });

  test('needs video.list', async () => {
    const user = await signIn(tiktok, { scopes: ['user.info.basic'] });
    expect((await query(['1'], 'id', user)).body.error.code).toBe('scope_not_authorized');
  });
});
