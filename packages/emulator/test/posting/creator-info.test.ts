import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/index.ts';
import {
  brokenRules,
  CREATOR_INFO,
  directPost,
  signIn,
  uploadVideo,
  VIDEO_INIT,
} from '../support/client.ts';

let tiktok: RunningEmulator;

beforeAll(async () => {
  tiktok = await startEmulator();
});
afterAll(() => tiktok.close());

// https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info
test('tells what a public creator may do, with or without a body', async () => {
  const client = await signIn(tiktok);
  const expected = {
    creator_avatar_url: `${tiktok.url}/avatars/public_creator.svg`,
    creator_username: 'public_creator',
    creator_nickname: 'Public Creator',
    privacy_level_options: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
    comment_disabled: false,
    duet_disabled: false,
    stitch_disabled: false,
    max_video_post_duration_sec: 600,
  };
  for (const body of [undefined, {}]) {
    const answer = await client.post(CREATOR_INFO, body);
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual(expected);
    expect(answer.body.error).toMatchObject({ code: 'ok', message: '' });
  }
});

test('offers a private creator followers instead of everyone, without duet and stitch', async () => {
  const answer = await (await signIn(tiktok, { username: 'private_creator' })).post(CREATOR_INFO);
  expect(answer.body.data).toMatchObject({
    privacy_level_options: ['FOLLOWER_OF_CREATOR', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
    duet_disabled: true,
    stitch_disabled: true,
  });
});

test('shows what a creator switched off, and a shorter list where TikTok has one', async () => {
  await tiktok.control.putCreator('shy', {
    comment_disabled: true,
    max_video_post_duration_sec: 60,
    privacy_level_options: ['PUBLIC_TO_EVERYONE', 'SELF_ONLY'],
  });
  const answer = await (await signIn(tiktok, { username: 'shy' })).post(CREATOR_INFO);
  expect(answer.body.data).toMatchObject({
    privacy_level_options: ['PUBLIC_TO_EVERYONE', 'SELF_ONLY'],
    comment_disabled: true,
    max_video_post_duration_sec: 60,
  });
});

test('refuses a banned creator with HTTP 200', async () => {
  await tiktok.control.putCreator('banned', { can_post: false });
  const answer = await (await signIn(tiktok, { username: 'banned' })).post(CREATOR_INFO);
  expect([answer.status, answer.body.error.code]).toEqual([
    200,
    'spam_risk_user_banned_from_posting',
  ]);
  expect(answer.body.data).toEqual({});
});

test('refuses a creator at the daily cap with HTTP 200', async () => {
  await using own = await startEmulator({ settings: { daily_post_cap: 1 } });
  const client = await signIn(own);
  await uploadVideo(client);
  const answer = await client.post(CREATOR_INFO);
  expect([answer.status, answer.body.error.code]).toEqual([200, 'spam_risk_too_many_posts']);
});

test('refuses the sixth user of an unaudited app with HTTP 200', async () => {
  await using own = await startEmulator({ settings: { unaudited_user_cap: 1 } });
  for (const username of ['one', 'two'])
    await own.control.putCreator(username, { private_account: true });
  const one = await signIn(own, { client_key: 'unaudited', username: 'one' });
  expect((await one.post(VIDEO_INIT, directPost(10, { privacy_level: 'SELF_ONLY' }))).status).toBe(
    200,
  );
  const two = await signIn(own, { client_key: 'unaudited', username: 'two' });
  const answer = await two.post(CREATOR_INFO);
  expect([answer.status, answer.body.error.code]).toEqual([200, 'reached_active_user_cap']);
});

test('needs video.publish', async () => {
  const client = await signIn(tiktok, { scopes: ['video.upload'] });
  const answer = await client.post(CREATOR_INFO);
  expect([answer.status, answer.body.error.code]).toEqual([401, 'scope_not_authorized']);
});

test('takes twenty requests a minute of a token', async () => {
  const client = await signIn(tiktok);
  const codes = [];
  for (let request = 0; request < 21; request += 1) {
    codes.push((await client.post(CREATOR_INFO)).body.error.code);
  }
  expect(codes).toEqual([...Array(20).fill('ok'), 'rate_limit_exceeded']);
});

test('answers GET /v2/creator_info/query/ in the lenient dialect only', async () => {
  const path = '/v2/creator_info/query/?fields=creator_nickname';
  const strict = await (await signIn(tiktok)).get(path);
  expect([strict.status, strict.text]).toEqual([404, 'Unsupported path(Janus)']);
  await using lenient = await startEmulator({ dialect: 'lenient' });
  const answer = await (await signIn(lenient)).get(path);
  expect(answer.body.data).toMatchObject({ creator_nickname: 'Public Creator' });
  expect(await brokenRules(lenient)).toEqual(['gateway.unsupported_path']);
});
