import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/index.ts';
import {
  brokenRules,
  CONTENT_INIT,
  photoPost,
  signIn,
  type TestClient,
} from '../support/client.ts';
import { startServer } from '../support/file-server.ts';

// Nothing is to be pulled here: a server that never answers keeps each pull waiting.
const hung = await startServer(() => undefined);
const url = `${hung.url}/a.jpg`;
let tiktok: RunningEmulator;
let client: TestClient;

beforeAll(async () => {
  tiktok = await startEmulator({ settings: { rate_limits: false, caps: false } });
});
beforeEach(async () => {
  await tiktok.control.reset();
  client = await signIn(tiktok);
});
afterAll(async () => {
  await tiktok.close();
  await hung[Symbol.asyncDispose]();
});

// https://developers.tiktok.com/doc/content-posting-api-reference-photo-post
test.each(['DIRECT_POST', 'MEDIA_UPLOAD'])(
  '%s gets a publish_id and nothing else',
  async (mode) => {
    const answer = await client.post(CONTENT_INIT, photoPost([url], { post_mode: mode }));
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body.data)).toEqual(['publish_id']);
    expect(answer.body.data.publish_id).toMatch(/^p_pub_url~v2\.\d{19}$/);
    expect(await brokenRules(tiktok)).toEqual([]);
  },
);

describe('refusals of the request', () => {
  const source = (more: object) => ({
    ...photoPost([url]),
    source_info: { source: 'PULL_FROM_URL', photo_images: [url], photo_cover_index: 0, ...more },
  });
  test.each([
    ['a video', { ...photoPost([url]), media_type: 'VIDEO' }, 'post.media_type'],
    ['the mode UPLOAD', photoPost([url], { post_mode: 'UPLOAD' }), 'post.post_mode'],
    ['the mode with a blank', photoPost([url], { post_mode: 'DIRECT POST' }), 'post.post_mode'],
    ['an upload', source({ source: 'FILE_UPLOAD' }), 'post.source'],
    ['no photo', photoPost([]), 'post.photo_count'],
    ['36 photos', photoPost(Array(36).fill(url)), 'post.photo_count'],
    ['photos that are no texts', source({ photo_images: [1] }), 'post.photo_count'],
    ['no cover', source({ photo_cover_index: undefined }), 'post.photo_cover_index'],
    ['a cover beyond the photos', source({ photo_cover_index: 1 }), 'post.photo_cover_index'],
    ['a cover before the photos', source({ photo_cover_index: -1 }), 'post.photo_cover_index'],
    [
      '91 units of title',
      photoPost([url], { post_info: { title: 'x'.repeat(91) } }),
      'post.photo_caption_length',
    ],
    [
      '4001 units of description',
      photoPost([url], { post_info: { description: 'x'.repeat(4001) } }),
      'post.photo_caption_length',
    ],
    [
      'music that is no boolean',
      photoPost([url], { post_info: { auto_add_music: 1 } }),
      'post.field_type',
    ],
  ])('%s: 400 invalid_param', async (_name, body, rule) => {
    const answer = await client.post(CONTENT_INIT, body);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_param']);
    expect(await brokenRules(tiktok)).toEqual([rule]);
  });

  test('35 photos, 90 units of title and 4000 of description are taken', async () => {
    const post_info = { title: 'x'.repeat(90), description: '😀'.repeat(2000) };
    expect(
      (await client.post(CONTENT_INIT, photoPost(Array(35).fill(url), { post_info }))).status,
    ).toBe(200);
  });

  test.each([
    ['UPLOAD', 'MEDIA_UPLOAD'],
    ['DIRECT POST', 'DIRECT_POST'],
  ])('the lenient dialect takes %j as %s', async (alias, official) => {
    await tiktok.control.patchSettings({ dialect: 'lenient' });
    expect((await client.post(CONTENT_INIT, photoPost([url], { post_mode: alias }))).status).toBe(
      200,
    );
    expect((await tiktok.control.listPosts()).posts.at(-1)).toMatchObject({ post_mode: official });
    expect(await brokenRules(tiktok)).toEqual(['post.post_mode']);
  });
});

describe('who may post', () => {
  test.each([
    ['DIRECT_POST', ['video.upload']],
    ['MEDIA_UPLOAD', ['video.publish']],
  ])('%s is not for a token with %j alone', async (mode, scopes) => {
    const user = await signIn(tiktok, { scopes });
    const answer = await user.post(CONTENT_INIT, photoPost([url], { post_mode: mode }));
    expect([answer.status, answer.body.error.code]).toEqual([401, 'scope_not_authorized']);
  });

  test.each(['DIRECT_POST', 'MEDIA_UPLOAD'])('%s: a banned creator may not', async (mode) => {
    await tiktok.control.putCreator('public_creator', { can_post: false });
    const answer = await client.post(CONTENT_INIT, photoPost([url], { post_mode: mode }));
    expect([answer.status, answer.body.error.code]).toEqual([
      403,
      'spam_risk_user_banned_from_posting',
    ]);
  });

  test('the privacy rules hold as for videos', async () => {
    const wrong = photoPost([url], { post_info: { privacy_level: 'FOLLOWER_OF_CREATOR' } });
    expect((await client.post(CONTENT_INIT, wrong)).body.error.code).toBe(
      'privacy_level_option_mismatch',
    );
    const unaudited = await signIn(tiktok, { client_key: 'unaudited' });
    expect((await unaudited.post(CONTENT_INIT, photoPost([url]))).body.error.code).toBe(
      'unaudited_client_can_only_post_to_private_accounts',
    );
  });

  test('a draft needs no privacy level, and an app from 31.8 on', async () => {
    const draft = { ...photoPost([url], { post_mode: 'MEDIA_UPLOAD' }), post_info: undefined };
    await tiktok.control.putCreator('public_creator', { app_version: '31.7.9' });
    const answer = await client.post(CONTENT_INIT, draft);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'app_version_check_failed']);
    await tiktok.control.putCreator('public_creator', { app_version: '31.8' });
    expect((await client.post(CONTENT_INIT, draft)).status).toBe(200);
  });

  test('one foreign URL among the photos is refused', async () => {
    const body = photoPost([url, 'https://images.example.org/b.jpg']);
    const answer = await client.post(CONTENT_INIT, body);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'url_ownership_unverified']);
  });

  test('takes six requests a minute of a token', async () => {
    await tiktok.control.patchSettings({ rate_limits: true });
    const codes = [];
    for (let request = 0; request < 7; request += 1) {
      codes.push((await client.post(CONTENT_INIT, photoPost([url]))).body.error.code);
    }
    expect(codes).toEqual([...Array(6).fill('ok'), 'rate_limit_exceeded']);
  });
});
