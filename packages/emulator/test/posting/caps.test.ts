import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/index.ts';
import {
  CONTENT_INIT,
  directPost,
  INBOX_INIT,
  mediaFile,
  photoPost,
  signIn,
  type TestClient,
  uploadVideo,
  VIDEO_INIT,
  wholeFile,
} from '../support/client.ts';

let tiktok: RunningEmulator;

beforeEach(async () => {
  tiktok = await startEmulator({ settings: { rate_limits: false } });
});
afterEach(() => tiktok.close());

const SELF_ONLY = { privacy_level: 'SELF_ONLY' };
const codeOf = async (client: TestClient, path: string, body: object) => {
  const answer = await client.post(path, body);
  return `${answer.status} ${answer.body.error.code}`;
};

// https://developers.tiktok.com/doc/content-sharing-guidelines
test('the sixteenth direct post of a creator in 24 h is refused, whichever app sends it', async () => {
  await tiktok.control.putApp('other', { audited: true });
  const clients = [await signIn(tiktok), await signIn(tiktok, { client_key: 'other' })];
  const codes = [];
  for (let post = 0; post < 16; post += 1) {
    codes.push(await codeOf(clients[post % 2] as TestClient, VIDEO_INIT, directPost(10)));
  }
  expect(codes).toEqual([...Array(15).fill('200 ok'), '403 spam_risk_too_many_posts']);
  const photos = photoPost(['http://127.0.0.1:1/a.jpg']);
  expect(await codeOf(clients[0] as TestClient, CONTENT_INIT, photos)).toBe(
    '403 spam_risk_too_many_posts',
  );
});

test('a day later there is room again', async () => {
  await tiktok.control.patchSettings({ daily_post_cap: 1 });
  expect(await codeOf(await signIn(tiktok), VIDEO_INIT, directPost(10))).toBe('200 ok');
  await tiktok.control.moveClock({ advance_seconds: 3000 });
  await uploadVideo(await signIn(tiktok, { username: 'limited_creator' }));
  await tiktok.control.moveClock({ advance_seconds: 86_400 - 3000 });
  // The first was never uploaded, so it failed and was given back; the second counts still.
  const limited = await signIn(tiktok, { username: 'limited_creator' });
  expect(await codeOf(limited, VIDEO_INIT, directPost(10))).toBe('403 spam_risk_too_many_posts');
  await tiktok.control.moveClock({ advance_seconds: 3000 });
  const later = await signIn(tiktok, { username: 'limited_creator' });
  expect(await codeOf(later, VIDEO_INIT, directPost(10))).toBe('200 ok');
});

test('a post that fails is given back', async () => {
  await tiktok.control.patchSettings({ daily_post_cap: 1 });
  const client = await signIn(tiktok);
  await uploadVideo(client, { bytes: mediaFile('frame-rate-61.mp4') });
  expect(await codeOf(client, VIDEO_INIT, directPost(10))).toBe('403 spam_risk_too_many_posts');
  await tiktok.control.waitIdle({ advance: true });
  expect(await codeOf(client, VIDEO_INIT, directPost(10))).toBe('200 ok');
});

test('the sixth user of an unaudited app in 24 h is refused, the five others are not', async () => {
  const codes = [];
  for (let user = 1; user <= 6; user += 1) {
    await tiktok.control.putCreator(`user_${user}`, { private_account: true });
    const client = await signIn(tiktok, { client_key: 'unaudited', username: `user_${user}` });
    codes.push(await codeOf(client, VIDEO_INIT, directPost(10, SELF_ONLY)));
  }
  expect(codes).toEqual([...Array(5).fill('200 ok'), '403 reached_active_user_cap']);
  const first = await signIn(tiktok, { client_key: 'unaudited', username: 'user_1' });
  expect(await codeOf(first, VIDEO_INIT, directPost(10, SELF_ONLY))).toBe('200 ok');
  const photos = photoPost(['http://127.0.0.1:1/a.jpg'], { post_info: SELF_ONLY });
  const sixth = await signIn(tiktok, { client_key: 'unaudited', username: 'user_6' });
  expect(await codeOf(sixth, CONTENT_INIT, photos)).toBe('403 reached_active_user_cap');
});

test('an audited app has the cap that its audit set', async () => {
  await tiktok.control.putApp('audited', { active_user_cap: 1 });
  expect(await codeOf(await signIn(tiktok), VIDEO_INIT, directPost(10))).toBe('200 ok');
  const second = await signIn(tiktok, { username: 'limited_creator' });
  expect(await codeOf(second, VIDEO_INIT, directPost(10))).toBe('403 reached_active_user_cap');
});

test('the sixth pending share in 24 h is refused, until one is posted, discarded or failed', async () => {
  const client = await signIn(tiktok);
  const drafts = [];
  for (let draft = 0; draft < 5; draft += 1)
    drafts.push(await uploadVideo(client, { path: INBOX_INIT }));
  await tiktok.control.waitIdle({ advance: true });
  const next = { source_info: wholeFile(10) };
  const refused = '403 spam_risk_too_many_pending_share';
  expect(await codeOf(client, INBOX_INIT, next)).toBe(refused);
  const photos = photoPost(['http://127.0.0.1:1/a.jpg'], { post_mode: 'MEDIA_UPLOAD' });
  expect(await codeOf(client, CONTENT_INIT, photos)).toBe(refused);

  const [one = '', two = ''] = drafts;
  await tiktok.control.act('public_creator', { act: 'post_inbox', publish_id: one });
  expect(await codeOf(client, INBOX_INIT, next)).toBe('200 ok');
  expect(await codeOf(client, INBOX_INIT, next)).toBe(refused);
  await tiktok.control.act('public_creator', { act: 'discard_inbox', publish_id: two });
  expect(await codeOf(client, INBOX_INIT, next)).toBe('200 ok');
  expect(await codeOf(client, INBOX_INIT, next)).toBe(refused);
  // The two that were never uploaded fail after an hour.
  await tiktok.control.moveClock({ advance_seconds: 3600 });
  expect(await codeOf(client, INBOX_INIT, next)).toBe('200 ok');
});

test('drafts do not count toward the direct posts of a day', async () => {
  await tiktok.control.patchSettings({ daily_post_cap: 1 });
  const client = await signIn(tiktok);
  await uploadVideo(client, { path: INBOX_INIT });
  expect(await codeOf(client, VIDEO_INIT, directPost(10))).toBe('200 ok');
});

test('no cap holds once they are lifted', async () => {
  await tiktok.control.patchSettings({ caps: false, daily_post_cap: 0, pending_share_cap: 0 });
  const client = await signIn(tiktok);
  expect(await codeOf(client, VIDEO_INIT, directPost(10))).toBe('200 ok');
  expect(await codeOf(client, INBOX_INIT, { source_info: wholeFile(10) })).toBe('200 ok');
});

test('caps count however many posts there were', async () => {
  const cap = 2_100;
  await tiktok.control.putApp('audited', { active_user_cap: 2 });
  await tiktok.control.patchSettings({ daily_post_cap: cap });
  const rare = await signIn(tiktok, { username: 'limited_creator' });
  expect(await codeOf(rare, VIDEO_INIT, directPost(10))).toBe('200 ok');
  const busy = await signIn(tiktok);
  for (let made = 0; made < cap; made += 25) {
    const codes = Array.from({ length: 25 }, () => codeOf(busy, VIDEO_INIT, directPost(10)));
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['200 ok']));
  }
  expect(await codeOf(busy, VIDEO_INIT, directPost(10))).toBe('403 spam_risk_too_many_posts');
  await tiktok.control.putCreator('third');
  const third = await signIn(tiktok, { username: 'third' });
  expect(await codeOf(third, VIDEO_INIT, directPost(10))).toBe('403 reached_active_user_cap');
}, 30_000);
