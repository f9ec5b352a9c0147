import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemOf } from '../accounts/support/problem.ts';
import {
  addAttempt,
  inHours,
  MUSIC,
  type PostWorld,
  startPostWorld,
} from './support/post-world.ts';

let world: PostWorld;
beforeAll(async () => {
  world = await startPostWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

test('a draft is made of as little as its account and kind, and read as it was made', async () => {
  const account_id = await world.creator();
  const { api, principal } = world.workspace;
  const made = await api.createPost({ account_id, media_type: 'VIDEO' });
  expect(made).toEqual({
    id: expect.any(String),
    account_id,
    version: 1,
    state: 'draft',
    reason: null,
    state_changed_at: made.created_at,
    wait: null,
    media_type: 'VIDEO',
    post_mode: 'DIRECT_POST',
    media: [],
    title: '',
    description: '',
    privacy_level: null,
    disable_comment: null,
    disable_duet: null,
    disable_stitch: null,
    commercial_disclosure: null,
    brand_organic_toggle: null,
    brand_content_toggle: null,
    is_aigc: false,
    auto_add_music: false,
    video_cover_timestamp_ms: null,
    photo_cover_index: 0,
    consent: null,
    publish_at: null,
    not_before: null,
    phase: null,
    bytes_total: null,
    bytes_confirmed: 0,
    attempts: 0,
    publish_id: null,
    visibility: null,
    post_ids: [],
    post_urls: [],
    created_by: `api_key:${principal.keyId}`,
    created_at: made.updated_at,
    updated_at: expect.any(String),
  });
  expect(await api.getPost({ id: made.id })).toEqual(made);
});

test('photos keep their order, and show what they are', async () => {
  const ids = [];
  for (let index = 0; index < 5; index += 1) ids.push(await world.media({ media_type: 'PHOTO' }));
  const media = ids.toReversed().map((media_id) => ({ media_id }));
  const { api } = world.workspace;
  const input = await world.input({ media_type: 'PHOTO', media, photo_cover_index: 4 });
  const { id, version } = await api.createPost(input);
  const shown = (list: { media_id: string }[]) =>
    list.map(({ media_id }) => ({ media_id, url: null, file_name: 'sunrise.mp4', size: 1000 }));
  expect((await api.getPost({ id })).media).toEqual(shown(media));
  const other = ids.map((media_id) => ({ media_id }));
  expect((await api.updatePost({ id, version, media: other })).media).toEqual(shown(other));
});

test('one Idempotency-Key makes one post, though TikTok is asked each time', async () => {
  const input = { ...(await world.input()), schedule: { publish_at: inHours(1) } };
  const headers = {
    authorization: `Bearer ${world.workspace.apiKey}`,
    'content-type': 'application/json',
    'idempotency-key': 'once',
  };
  const send = () =>
    fetch(`${world.url}/api/v1/posts`, { method: 'POST', headers, body: JSON.stringify(input) });
  const first = await send();
  const second = await send();
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(await second.json()).toEqual(await first.json());
  expect(
    await world.rows('select from posts where account_id = $1', [input.account_id]),
  ).toHaveLength(1);
});

test('a list shows the newest first, by pages, states, accounts and moments', async () => {
  const workspace = await world.addWorkspace();
  const { api } = workspace;
  const account_id = await world.creator({}, workspace);
  const made: string[] = [];
  for (let hour = 1; hour <= 5; hour += 1) {
    const publish_at = inHours(hour);
    made.unshift((await api.createPost({ account_id, media_type: 'VIDEO', publish_at })).id);
  }
  const [newest = '', second = ''] = made;
  const seen: string[] = [];
  for await (const post of api.each.listPosts({ limit: 2 })) seen.push(post.id);
  expect(seen).toEqual(made);
  await world.rows(`update posts set state = 'canceled' where id = $1`, [second]);
  const idsOf = async (query: Parameters<typeof api.listPosts>[0]) =>
    (await api.listPosts(query)).items.map(({ id }) => id);
  expect(await idsOf({ state: 'canceled' })).toEqual([second]);
  expect(await idsOf({ account_id: crypto.randomUUID() })).toEqual([]);
  expect(await idsOf({ account_id, limit: 1 })).toEqual([newest]);
  expect(await idsOf({ publish_from: inHours(3.5), publish_to: inHours(4.5) })).toEqual([second]);
});

test.each(['draft', 'held', 'canceled'] as const)(
  'a post that is %s and was never tried can be deleted',
  async (state) => {
    const { id } = await world.postIn(state);
    const { api } = world.workspace;
    await api.deletePost({ id });
    expect(await problemOf(api.getPost({ id }))).toMatchObject({ code: 'not-found' });
    const { items } = await api.listActivity({ action: 'post.deleted' });
    expect(items).toContainEqual(expect.objectContaining({ subject_id: id, reason: state }));
    expect(
      await world.rows(
        `select from events where type = 'post.deleted' and details->>'post_id' = $1`,
        [id],
      ),
    ).toHaveLength(1);
  },
);

test.each([
  'scheduled',
  'queued',
  'publishing',
  'processing',
  'in_inbox',
  'published',
  'unknown',
  'failed',
] as const)('a post that is %s cannot be deleted', async (state) => {
  const { id } = await world.postIn(state);
  expect(await problemOf(world.workspace.api.deletePost({ id }))).toMatchObject({
    code: 'post-state',
  });
});

test('a held post that was tried cannot be deleted: it stays to be explained', async () => {
  const { id } = await world.postIn('held');
  await addAttempt(world, id, { source: 'FILE_UPLOAD' });
  expect(await problemOf(world.workspace.api.deletePost({ id }))).toMatchObject({
    code: 'post-state',
    detail: expect.stringContaining('stays to be explained'),
  });
});

test('posts of another workspace are not found, whatever is asked of them', async () => {
  const { id } = await world.postIn('draft');
  const { api } = await world.addWorkspace();
  const calls = [
    () => api.getPost({ id }),
    () => api.updatePost({ id, version: 1, title: 'mine' }),
    () => api.deletePost({ id }),
    () => api.schedulePost({ id }),
    () => api.cancelPost({ id }),
    () => api.retryPost({ id }),
    () => api.resolvePost({ id, outcome: 'posted', attempts: 1 }),
  ];
  for (const call of calls) expect(await problemOf(call())).toMatchObject({ code: 'not-found' });
  expect((await api.listPosts()).items).toEqual([]);
});

describe('a key that may only write', () => {
  const publish_at = inHours(2);

  test('makes and changes drafts, and lets nothing go out by any way', async () => {
    const { api } = await world.addKey(world.workspace.id, ['posts:write', 'posts:read']);
    const input = await world.input();
    const { id, version } = await api.createPost(input);
    const refused = { code: 'forbidden', detail: 'The API key lacks the scope posts:publish.' };
    const consent = { declaration: MUSIC };
    const ways = [
      () => api.schedulePost({ id, consent, publish_at }),
      () => api.createPost({ ...input, schedule: { consent, publish_at } }),
      () => api.createPost({ ...input, schedule: {} }),
      () => api.updatePost({ id, version, consent }),
    ];
    for (const way of ways) expect(await problemOf(way())).toMatchObject(refused);
    expect(await api.getPost({ id })).toMatchObject({ state: 'draft', consent: null });
    expect((await api.listPosts({ account_id: input.account_id })).items).toHaveLength(1);
  });

  test('moves no scheduled post; what it changes of one waits for a person', async () => {
    const { api } = await world.addKey(world.workspace.id, ['posts:write', 'posts:read']);
    const post = await world.postIn('scheduled');
    const { id, version } = post;
    for (const moment of [publish_at, null]) {
      const moving = api.updatePost({ id, version, publish_at: moment });
      expect(await problemOf(moving)).toMatchObject({ code: 'forbidden' });
    }
    expect(await api.getPost({ id })).toEqual(post);
    expect(await api.updatePost({ id, version, title: 'New' })).toMatchObject({ state: 'held' });
  });
});

test('an app whose accounts have posts is not deleted, and the words say which remedy there is', async () => {
  const { api } = world.workspace;
  const { id } = await world.postIn('published');
  const [app] = await world.rows<{ id: string }>(
    `update tiktok_apps set workspace_id = $1 returning id`,
    [world.workspace.id],
  );
  for await (const account of api.each.listAccounts({ state: 'connected' })) {
    await api.disconnectAccount({ id: account.id });
  }
  expect(await problemOf(api.deleteApp({ id: app?.id ?? '' }))).toMatchObject({
    code: 'app-in-use',
    status: 409,
    detail: expect.stringContaining('what was tried stays, and the app with it'),
  });
  expect(await api.getPost({ id })).toMatchObject({ state: 'published' });
});
