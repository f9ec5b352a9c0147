import { describe, expect, test } from 'vitest';
import { type Sleep, TikTokApiError, TikTokClient } from '../../src/index.ts';
import { followPost } from '../../src/publish/follow-post.ts';
import {
  cut,
  hang,
  playTikTok,
  raw,
  refuse,
  STATUS,
  status,
  unlimited,
} from './scripted-tiktok.ts';

const PUBLISH_ID = 'v_pub_file~v2-1.1';
const ID = '"publicaly_available_post_id":[7678907398077074696]';

/** A client whose waits take no time and are written down. */
function clientOf(baseUrl: string, waits: number[] = [], more: { sleep?: Sleep } = {}) {
  const sleep: Sleep = async (ms, signal) => {
    signal?.throwIfAborted();
    waits.push(ms);
  };
  const random = () => 0.5;
  return new TikTokClient({
    accessToken: 'act.x',
    baseUrl,
    limiter: unlimited,
    sleep,
    random,
    ...more,
  });
}

describe('how it ends', () => {
  test.each([
    {
      name: 'published with its public id',
      answer: status('PUBLISH_COMPLETE', ID),
      options: { username: 'demo_creator' },
      result: {
        status: 'published',
        publishId: PUBLISH_ID,
        postIds: ['7678907398077074696'],
        postUrls: ['https://www.tiktok.com/@demo_creator/video/7678907398077074696'],
        visibility: 'public',
      },
    },
    {
      name: 'published photos have their own address',
      answer: status('PUBLISH_COMPLETE', ID),
      options: { username: 'demo_creator', mediaType: 'photo' as const },
      result: expect.objectContaining({
        postUrls: ['https://www.tiktok.com/@demo_creator/photo/7678907398077074696'],
      }),
    },
    {
      name: 'private when it was not made for everyone',
      answer: status('PUBLISH_COMPLETE', '"publicaly_available_post_id":[]'),
      options: { privacyLevel: 'SELF_ONLY', waitForPublicId: true },
      result: expect.objectContaining({ status: 'published', postIds: [], visibility: 'private' }),
    },
    {
      name: 'pending while the public id is not there',
      answer: status('PUBLISH_COMPLETE'),
      options: { privacyLevel: 'PUBLIC_TO_EVERYONE' },
      result: expect.objectContaining({ status: 'published', postIds: [], visibility: 'pending' }),
    },
    {
      name: 'in the inbox',
      answer: status('SEND_TO_USER_INBOX'),
      options: {},
      result: { status: 'in_inbox', publishId: PUBLISH_ID },
    },
    {
      name: 'failed with an explanation',
      answer: status('FAILED', '"fail_reason":"spam_risk_text"'),
      options: {},
      result: {
        status: 'failed',
        publishId: PUBLISH_ID,
        failReason: 'spam_risk_text',
        explanation: expect.stringContaining('caption'),
        whoseMove: 'person',
        isRetryable: false,
      },
    },
    {
      name: 'failed for an unknown reason',
      answer: status('FAILED', '"fail_reason":"a_reason_of_next_year"'),
      options: {},
      result: expect.objectContaining({ failReason: 'a_reason_of_next_year', isRetryable: false }),
    },
  ])('$name', async ({ answer, options, result }) => {
    await using tiktok = await playTikTok({ [STATUS]: [status('PROCESSING_UPLOAD'), answer] });
    const followed = await followPost(clientOf(tiktok.url), PUBLISH_ID, options);
    expect(followed).toEqual(result);
    expect(tiktok.to(STATUS).map(({ json }) => json)).toEqual([
      { publish_id: PUBLISH_ID },
      { publish_id: PUBLISH_ID },
    ]);
  });
});

test('asks at once, then ever more slowly, within 30 a minute and within its time', async () => {
  await using tiktok = await playTikTok({ [STATUS]: [status('PROCESSING_UPLOAD')] });
  const waits: number[] = [];
  const result = await followPost(clientOf(tiktok.url, waits), PUBLISH_ID, {});
  expect(result).toEqual({
    status: 'processing',
    publishId: PUBLISH_ID,
    lastStatus: 'PROCESSING_UPLOAD',
    lastError: undefined,
  });
  expect(waits.slice(0, 4)).toEqual([500, 750, 1125, 1687.5]);
  expect(Math.max(...waits)).toBeLessThanOrEqual(15_000);
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(300_000);
  const starts = waits.map((_, index) => waits.slice(0, index).reduce((sum, ms) => sum + ms, 0));
  for (const start of starts) {
    expect(starts.filter((at) => at >= start && at < start + 60_000).length).toBeLessThan(30);
  }
});

test('looks once when there is no time to wait', async () => {
  await using tiktok = await playTikTok({ [STATUS]: [status('PROCESSING_DOWNLOAD')] });
  const options = { followTimeoutMs: 0 };
  const result = await followPost(clientOf(tiktok.url), PUBLISH_ID, options);
  expect(result).toMatchObject({ status: 'processing', lastStatus: 'PROCESSING_DOWNLOAD' });
  expect(tiktok.to(STATUS)).toHaveLength(1);
});

test('goes on asking for the public id when told to', async () => {
  const pending = status('PUBLISH_COMPLETE', '"publicaly_available_post_id":[]');
  await using tiktok = await playTikTok({
    [STATUS]: [pending, pending, status('PUBLISH_COMPLETE', ID)],
  });
  const options = { waitForPublicId: true };
  const result = await followPost(clientOf(tiktok.url), PUBLISH_ID, options);
  expect(result).toMatchObject({ visibility: 'public', postIds: ['7678907398077074696'] });
  expect(tiktok.to(STATUS)).toHaveLength(3);
});

test('is published without the public id when that did not come in time', async () => {
  await using tiktok = await playTikTok({ [STATUS]: [status('PUBLISH_COMPLETE')] });
  const options = { waitForPublicId: true, followTimeoutMs: 5_000 };
  const result = await followPost(clientOf(tiktok.url), PUBLISH_ID, options);
  expect(result).toMatchObject({ status: 'published', visibility: 'pending' });
});

test.each([
  { name: 'a 5xx', failure: refuse(500, 'internal_error') },
  { name: 'a 429', failure: refuse(429, 'rate_limit_exceeded') },
  { name: 'a cut connection', failure: cut },
  { name: 'a page of a proxy', failure: raw(502, '<html>bad gateway</html>') },
])('survives $name, however often it comes', async ({ failure }) => {
  const failures = Array.from({ length: 9 }, () => failure);
  await using tiktok = await playTikTok({
    [STATUS]: [...failures, status('PUBLISH_COMPLETE', ID)],
  });
  const result = await followPost(clientOf(tiktok.url), PUBLISH_ID);
  expect(result.status).toBe('published');
});

test('tells why the last look failed when the time is over', async () => {
  await using tiktok = await playTikTok({
    [STATUS]: [status('PROCESSING_UPLOAD'), refuse(500, 'internal_error')],
  });
  const result = await followPost(clientOf(tiktok.url), PUBLISH_ID, { followTimeoutMs: 2_000 });
  expect(result).toMatchObject({
    status: 'processing',
    lastStatus: 'PROCESSING_UPLOAD',
    lastError: { code: 'internal_error', status: 500 },
  });
});

test.each([
  [401, 'access_token_invalid'],
  [400, 'invalid_publish_id'],
  [400, 'token_not_authorized_for_specified_publish_id'],
])('throws a %i %s, which asking again cannot mend', async (code, error) => {
  await using tiktok = await playTikTok({ [STATUS]: [refuse(code, error)] });
  const following = followPost(clientOf(tiktok.url), PUBLISH_ID);
  await expect(following).rejects.toBeInstanceOf(TikTokApiError);
  expect(tiktok.to(STATUS)).toHaveLength(1);
});

test('ends with the reason of an aborted signal, within a wait and within a request', async () => {
  await using tiktok = await playTikTok({ [STATUS]: [status('PROCESSING_UPLOAD'), hang] });
  const client = new TikTokClient({
    accessToken: 'act.x',
    baseUrl: tiktok.url,
    limiter: unlimited,
  });
  const reason = new Error('the user left');
  const inWait = new AbortController();
  await expect(
    followPost(client, PUBLISH_ID, {
      signal: inWait.signal,
      onStatus: () => setTimeout(() => inWait.abort(reason), 10),
    }),
  ).rejects.toBe(reason);
  const inRequest = new AbortController();
  const following = followPost(client, PUBLISH_ID, { signal: inRequest.signal });
  following.catch(() => {});
  await expect.poll(() => tiktok.to(STATUS).length, { timeout: 5_000 }).toBe(2);
  inRequest.abort(reason);
  await expect(following).rejects.toBe(reason);
  await expect.poll(() => tiktok.openRequests(), { timeout: 5_000 }).toBe(0);
});
