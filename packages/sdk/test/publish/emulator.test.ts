import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startEmulator } from '@greenroom/emulator';
import {
  blobSource,
  followPost,
  publishPhotos,
  publishVideo,
  type Sleep,
  TikTokClient,
  type TokenSource,
} from '@greenroom/sdk';
import * as node from '@greenroom/sdk/node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  CREATOR_INFO,
  PHOTO_INIT,
  STATUS,
  UPLOAD,
  unlimited,
  VIDEO_INIT,
} from './scripted-tiktok.ts';
import { DEMO_VIDEO_PATH, demoSource, padVideo, readDemoVideo } from './videos.ts';

const postInfo = { privacy_level: 'PUBLIC_TO_EVERYONE', title: 'first light' } as const;
const MEDIA = new URL('./', DEMO_VIDEO_PATH);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let tiktok: Awaited<ReturnType<typeof startEmulator>>;
let media: AsyncDisposable & { readonly url: string };

beforeAll(async () => {
  tiktok = await startEmulator();
  media = await serveMedia();
});
beforeEach(async () => {
  await tiktok.control.reset();
  // The same steps, without the wait for them.
  await tiktok.control.patchSettings({ processing_seconds: 0.01, moderation_seconds: 0.01 });
});
afterAll(async () => {
  await tiktok.close();
  await media[Symbol.asyncDispose]();
});

async function clientOf(username = 'public_creator', client_key = 'audited') {
  const { access_token } = await tiktok.control.createToken({ client_key, username });
  return newClient(access_token);
}

/** A client that waits a tenth of the time between two looks at the status. */
function newClient(accessToken: string | TokenSource) {
  const sleep: Sleep = (ms, signal) => setTimeout(ms / 10, undefined, { signal });
  return new TikTokClient({ accessToken, baseUrl: tiktok.url, limiter: unlimited, sleep });
}

/** Serves the demo's media, as a caller's web server would. */
async function serveMedia() {
  const server = createServer((request, response) => {
    readFile(new URL(`.${request.url}`, MEDIA)).then(
      (bytes) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function requestsTo(path: string) {
  const { requests } = await tiktok.control.listRequests();
  return requests.filter((request) => request.path === path);
}

async function expectNoViolation() {
  const { violations } = await tiktok.control.listViolations();
  expect(violations).toEqual([]);
}

describe('a video', () => {
  test('in one piece, from a Blob', async () => {
    const options = { waitForPublicId: true };
    const run = publishVideo(await clientOf(), { source: demoSource(), postInfo }, options);
    const result = await run.result;
    const { posts } = await tiktok.control.listPosts();
    expect(posts).toMatchObject([
      { username: 'public_creator', sha256: sha256(readDemoVideo()), post_mode: 'DIRECT_POST' },
    ]);
    const [id = ''] = posts[0]?.post_ids ?? [];
    expect(id).toMatch(/^\d{19}$/);
    expect(result).toEqual({
      status: 'published',
      publishId: posts[0]?.publish_id,
      postIds: [id],
      postUrls: [`https://www.tiktok.com/@public_creator/video/${id}`],
      visibility: 'public',
    });
    await expectNoViolation();
  });

  test('in several chunks, from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'greenroom-publish-'));
    try {
      const video = new Uint8Array(await padVideo(readDemoVideo(), 64_000_001).arrayBuffer());
      const path = join(folder, 'long.mp4');
      await writeFile(path, video);
      const run = node.publishVideo(await clientOf(), { source: path, postInfo });
      expect(await run.result).toMatchObject({ status: 'published' });
      const { posts } = await tiktok.control.listPosts();
      expect(posts).toMatchObject([{ bytes: 64_000_001, sha256: sha256(video) }]);
      expect(await requestsTo(UPLOAD)).toMatchObject([{ status: 206 }, { status: 201 }]);
      await expectNoViolation();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('to the inbox, and posted from there twice', async () => {
    const client = await clientOf();
    const run = publishVideo(client, { mode: 'inbox', source: demoSource() });
    const result = await run.result;
    expect(result.status).toBe('in_inbox');
    const { publishId } = result;
    const act = { act: 'post_inbox', publish_id: publishId, count: 2 } as const;
    await tiktok.control.act('public_creator', act);
    await expect
      .poll(() => followPost(client, publishId, { waitForPublicId: true, followTimeoutMs: 0 }))
      .toMatchObject({ status: 'published', postIds: [expect.any(String), expect.any(String)] });
    await expectNoViolation();
  });

  test('fetched by its URL', async () => {
    const videoUrl = `${media.url}/greenroom-demo.mp4`;
    const run = publishVideo(await clientOf(), { videoUrl, postInfo });
    expect(await run.result).toMatchObject({ status: 'published' });
    const { posts } = await tiktok.control.listPosts();
    expect(posts).toMatchObject([{ source: 'PULL_FROM_URL', sha256: sha256(readDemoVideo()) }]);
    await expectNoViolation();
  });

  test('that is private has no public id, and says so', async () => {
    const choices = { privacy_level: 'SELF_ONLY' };
    const run = publishVideo(
      await clientOf('private_creator', 'unaudited'),
      { source: demoSource(), postInfo: choices },
      { waitForPublicId: true },
    );
    expect(await run.result).toMatchObject({
      status: 'published',
      postIds: [],
      visibility: 'private',
    });
  });

  test('waits for moderation, and is found again later', async () => {
    await tiktok.control.patchSettings({ moderation: 'manual' });
    const client = await clientOf();
    const { result } = publishVideo(client, { source: demoSource(), postInfo });
    const pending = await result;
    expect(pending).toMatchObject({ status: 'published', visibility: 'pending', postIds: [] });
    await tiktok.control.moderatePost(pending.publishId, { result: 'approve' });
    const later = await followPost(client, pending.publishId, { waitForPublicId: true });
    expect(later).toMatchObject({ visibility: 'public', postIds: [expect.any(String)] });
  });
});

describe('photos', () => {
  const photos = ['greenroom-demo-1.jpg', 'greenroom-demo-2.webp'];
  const photoUrls = () => photos.map((name) => `${media.url}/${name}`);

  test('posted', async () => {
    const options = { waitForPublicId: true };
    const request = { postInfo, photoUrls: photoUrls(), coverIndex: 1 };
    const result = await publishPhotos(await clientOf(), request, options).result;
    expect(result).toMatchObject({
      status: 'published',
      postUrls: [expect.stringMatching(/@public_creator\/photo\/\d{19}$/)],
    });
    const { posts } = await tiktok.control.listPosts();
    const bytes = await Promise.all(photos.map((name) => readFile(new URL(name, MEDIA))));
    expect(posts).toMatchObject([{ media_type: 'PHOTO', sha256: bytes.map(sha256) }]);
    await expectNoViolation();
  });

  test('as a draft', async () => {
    const draft = { mode: 'draft', postInfo: { title: 'lamp' }, photoUrls: photoUrls() } as const;
    const result = await publishPhotos(await clientOf(), draft).result;
    expect(result.status).toBe('in_inbox');
    const { posts } = await tiktok.control.listPosts();
    expect(posts).toMatchObject([{ post_mode: 'MEDIA_UPLOAD' }]);
    await expectNoViolation();
  });
});

describe('a failed post tells its reason', () => {
  const ofVideos = [
    'file_format_check_failed',
    'duration_check_failed',
    'frame_rate_check_failed',
    'picture_size_check_failed',
    'internal',
    'video_pull_failed',
    'publish_cancelled',
    'auth_removed',
    'spam_risk_too_many_posts',
    'spam_risk_user_banned_from_posting',
    'spam_risk_text',
    'spam_risk',
  ];
  test.each(ofVideos)('%s', async (fail_reason) => {
    await tiktok.control.addFault({ match: { path: VIDEO_INIT }, action: { fail_reason } });
    const { result } = publishVideo(await clientOf(), { source: demoSource(), postInfo });
    expect(await result).toMatchObject({
      status: 'failed',
      failReason: fail_reason,
      explanation: expect.stringMatching(/\.$/),
      isRetryable: fail_reason === 'internal' || fail_reason === 'video_pull_failed',
    });
  });

  test('photo_pull_failed, of a photo that is not there', async () => {
    const photoUrls = [`${media.url}/there-is-none.jpg`];
    const { result } = publishPhotos(await clientOf(), { postInfo, photoUrls });
    expect(await result).toMatchObject({ status: 'failed', failReason: 'photo_pull_failed' });
  });

  test('video_pull_failed, of a video that is not there', async () => {
    const videoUrl = `${media.url}/there-is-none.mp4`;
    const { result } = publishVideo(await clientOf(), { videoUrl, postInfo });
    expect(await result).toMatchObject({ status: 'failed', failReason: 'video_pull_failed' });
  });

  test('duration_check_failed, of a video longer than the creator may post', async () => {
    await tiktok.control.putCreator('public_creator', { max_video_post_duration_sec: 1 });
    const { result } = publishVideo(await clientOf(), { source: demoSource(), postInfo });
    expect(await result).toMatchObject({ status: 'failed', failReason: 'duration_check_failed' });
  });
});

describe('faults', () => {
  const publish = async () => publishVideo(await clientOf(), { source: demoSource(), postInfo });

  test.each([
    { name: '429', action: { status: 429, code: 'rate_limit_exceeded' } },
    { name: '5xx', action: { status: 500, code: 'internal_error' } },
    { name: 'a cut connection', action: { drop: 'before' } },
    { name: 'half an answer', action: { truncate_bytes: 20 } },
  ] as const)('$name at creator info is asked again', async ({ action }) => {
    await tiktok.control.addFault({ match: { path: CREATOR_INFO }, action, times: 1 });
    const client = await clientOf();
    const { result } = publishVideo(client, { source: demoSource(), postInfo });
    expect(await result).toMatchObject({ status: 'published' });
    expect(await requestsTo(CREATOR_INFO)).toHaveLength(2);
  });

  test('429 at init is a clear refusal, not sent again', async () => {
    const action = { status: 429, code: 'rate_limit_exceeded' };
    await tiktok.control.addFault({ match: { path: VIDEO_INIT }, action });
    await expect((await publish()).result).rejects.toMatchObject({
      name: 'TikTokApiError',
      code: 'rate_limit_exceeded',
      isRetryable: true,
    });
    expect(await requestsTo(VIDEO_INIT)).toHaveLength(1);
  });

  test.each([
    { name: 'a 5xx', action: { status: 503, code: 'internal_error' }, orphans: 0 },
    { name: 'a drop before the effect', action: { drop: 'before' }, orphans: 0 },
    { name: 'a drop after the effect', action: { drop: 'after' }, orphans: 1 },
    { name: 'half an answer', action: { truncate_bytes: 30 }, orphans: 1 },
  ] as const)('$name at init is unclear and is never sent again', async ({ action, orphans }) => {
    await tiktok.control.addFault({ match: { path: VIDEO_INIT }, action, times: 1 });
    await expect((await publish()).result).rejects.toMatchObject({ code: 'init_unclear' });
    expect(await requestsTo(VIDEO_INIT)).toHaveLength(1);
    expect((await tiktok.control.listPosts()).posts).toHaveLength(orphans);
    // As the error says: publishing again is safe, the lost post can never complete.
    expect(await (await publish()).result).toMatchObject({ status: 'published' });
    await tiktok.control.moveClock({ advance_seconds: 7200 });
    const { posts } = await tiktok.control.listPosts();
    expect(posts.filter(({ status }) => status === 'PUBLISH_COMPLETE')).toHaveLength(1);
  });

  test('a photo init that was lost says that another could post twice', async () => {
    await tiktok.control.addFault({ match: { path: PHOTO_INIT }, action: { drop: 'after' } });
    const photoUrls = [`${media.url}/greenroom-demo-1.jpg`];
    const { result } = publishPhotos(await clientOf(), { postInfo, photoUrls });
    await expect(result).rejects.toMatchObject({ code: 'init_unclear', isRepeatSafe: false });
    expect(await requestsTo(PHOTO_INIT)).toHaveLength(1);
  });

  test('a lost answer to the last chunk is settled by status', async () => {
    const rule = { match: { path: UPLOAD }, action: { drop: 'after' }, times: 1 } as const;
    await tiktok.control.addFault(rule);
    expect(await (await publish()).result).toMatchObject({ status: 'published' });
    expect(await requestsTo(UPLOAD)).toHaveLength(1);
    const { posts } = await tiktok.control.listPosts();
    expect(posts).toMatchObject([{ sha256: sha256(readDemoVideo()) }]);
  });

  test.each([
    { name: 'a lost last chunk', action: { drop: 'before' } },
    { name: 'a 502 for the last chunk', action: { status: 502 } },
  ] as const)('$name is sent again, as TikTok does not have it', async ({ action }) => {
    await tiktok.control.addFault({ match: { path: UPLOAD }, action, times: 1 });
    expect(await (await publish()).result).toMatchObject({ status: 'published' });
    expect(await requestsTo(UPLOAD)).toHaveLength(2);
    expect(await requestsTo(VIDEO_INIT)).toHaveLength(1);
    const { posts } = await tiktok.control.listPosts();
    expect(posts).toMatchObject([{ sha256: sha256(readDemoVideo()) }]);
  });

  test('a refused chunk size leads to the next plan', async () => {
    const action = { status: 400, code: 'invalid_params', message: 'The chunk size is invalid' };
    await tiktok.control.addFault({ match: { path: VIDEO_INIT }, action, times: 1 });
    const source = blobSource(padVideo(readDemoVideo(), 64_000_001));
    const { result } = publishVideo(await clientOf(), { source, postInfo });
    expect(await result).toMatchObject({ status: 'published' });
    expect(await requestsTo(VIDEO_INIT)).toHaveLength(2);
    expect((await requestsTo(UPLOAD)).length).toBe(6);
  });

  test('5xx at status is asked again', async () => {
    const action = { status: 500, code: 'internal_error' };
    await tiktok.control.addFault({ match: { path: STATUS }, action, times: 2 });
    expect(await (await publish()).result).toMatchObject({ status: 'published' });
  });
});

describe('refusals of the creator and the app', () => {
  test('a banned creator stops at creator info, which answers HTTP 200', async () => {
    await tiktok.control.putCreator('public_creator', { can_post: false });
    const { result } = publishVideo(await clientOf(), { source: demoSource(), postInfo });
    await expect(result).rejects.toMatchObject({
      code: 'spam_risk_user_banned_from_posting',
      status: 200,
    });
    expect(await requestsTo(VIDEO_INIT)).toHaveLength(0);
  });

  test('an unaudited app cannot post to a public account', async () => {
    const client = await clientOf('public_creator', 'unaudited');
    const choices = { privacy_level: 'SELF_ONLY' };
    const { result } = publishVideo(client, { source: demoSource(), postInfo: choices });
    await expect(result).rejects.toMatchObject({
      code: 'unaudited_client_can_only_post_to_private_accounts',
      whoseMove: 'creator',
    });
  });

  test('what the creator has switched off is switched off in the post', async () => {
    const client = await clientOf('limited_creator');
    const { result } = publishVideo(client, { source: demoSource(), postInfo });
    expect(await result).toMatchObject({ status: 'published' });
    await expectNoViolation();
  });

  test('a token that has expired is renewed once, within the run', async () => {
    const fresh = () =>
      tiktok.control.createToken({ client_key: 'audited', username: 'public_creator' });
    const { access_token: old } = await fresh();
    await tiktok.control.moveClock({ advance_seconds: 7201 });
    const asked: (string | undefined)[] = [];
    const accessToken = {
      getAccessToken: async ({ rejected }: { readonly rejected?: string | undefined }) => {
        asked.push(rejected);
        return asked.some((token) => token === old) ? (await fresh()).access_token : old;
      },
    };
    const client = newClient(accessToken);
    const { result } = publishVideo(client, { source: demoSource(), postInfo });
    expect(await result).toMatchObject({ status: 'published' });
    expect(asked.filter((token) => token !== undefined)).toEqual([old]);
  });
});
