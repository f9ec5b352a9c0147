import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/index.ts';
import { createThrowAwayTls } from '../../src/net/tls.ts';
import {
  brokenRules,
  CANCEL,
  CONTENT_INIT,
  goodVideo,
  INBOX_INIT,
  mediaFile,
  photoPost,
  sha256,
  signIn,
  type TestClient,
  uploadVideo,
  VIDEO_INIT,
} from '../support/client.ts';
import { sendBytes, startServer, type TestServer } from '../support/file-server.ts';

let tiktok: RunningEmulator;
let client: TestClient;
let server: TestServer | undefined;

beforeAll(async () => {
  tiktok = await startEmulator({ settings: { rate_limits: false } });
});
beforeEach(async () => {
  await tiktok.control.reset();
  client = await signIn(tiktok);
});
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});
afterAll(() => tiktok.close());

type Handler = Parameters<typeof startServer>[0];

async function serve(handle: Handler): Promise<string> {
  server = await startServer(handle);
  return server.url;
}

async function pullVideo(url: string, path = VIDEO_INIT): Promise<string> {
  const init = await client.post(path, {
    ...(path === VIDEO_INIT ? { post_info: { privacy_level: 'PUBLIC_TO_EVERYONE' } } : {}),
    source_info: { source: 'PULL_FROM_URL', video_url: url },
  });
  expect(init.body.error).toMatchObject({ code: 'ok' });
  return init.body.data.publish_id;
}

async function pullPhotos(urls: readonly string[], mode = 'DIRECT_POST'): Promise<string> {
  const init = await client.post(CONTENT_INIT, photoPost(urls, { post_mode: mode }));
  expect(init.body.error).toMatchObject({ code: 'ok' });
  return init.body.data.publish_id;
}

const statusOf = async (publishId: string) => (await client.status(publishId)).body.data;
const idle = () => tiktok.control.waitIdle({ advance: true });

describe('a video', () => {
  test.each([VIDEO_INIT, INBOX_INIT])('of %s is fetched, checked and counted', async (path) => {
    const url = await serve((request, response) => sendBytes(request, response, goodVideo));
    const publishId = await pullVideo(`${url}/a.mp4?signature=1`, path);
    await idle();
    expect(await statusOf(publishId)).toMatchObject({
      status: path === VIDEO_INIT ? 'PUBLISH_COMPLETE' : 'SEND_TO_USER_INBOX',
      downloaded_bytes: goodVideo.length,
    });
    const { posts } = await tiktok.control.listPosts();
    expect(posts).toMatchObject([{ sha256: sha256(goodVideo), bytes: goodVideo.length }]);
    expect(server?.requests.map((request) => request.url)).toEqual(['/a.mp4?signature=1']);
    expect(await brokenRules(tiktok)).toEqual([]);
  });

  test('comes from a server that knows no ranges', async () => {
    const url = await serve((_request, response) => response.end(goodVideo));
    const publishId = await pullVideo(`${url}/a.mp4`);
    await idle();
    expect((await statusOf(publishId)).status).toBe('PUBLISH_COMPLETE');
  });

  test('comes over https, with any certificate on loopback', async () => {
    const { key, cert } = await createThrowAwayTls('127.0.0.1');
    const secure = createServer({ key, cert }, (request, response) =>
      sendBytes(request, response, goodVideo),
    );
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    // A server that listens on TCP has an address object.
    const { port } = secure.address() as AddressInfo;
    const publishId = await pullVideo(`https://127.0.0.1:${port}/a.mp4`);
    await idle();
    expect((await statusOf(publishId)).status).toBe('PUBLISH_COMPLETE');
    await new Promise((resolve) => secure.close(resolve));
  });

  test('goes on by range where the connection was cut', async () => {
    let answers = 0;
    const url = await serve((request, response) => {
      answers += 1;
      if (answers === 3) return sendBytes(request, response, goodVideo);
      const first = Number(/\d+/.exec(request.headers.range ?? '')?.[0]);
      response.writeHead(206, {
        'content-length': goodVideo.length - first,
        'content-range': `bytes ${first}-${goodVideo.length - 1}/${goodVideo.length}`,
      });
      response.write(goodVideo.subarray(first, first + 500), () => response.destroy());
    });
    const publishId = await pullVideo(`${url}/a.mp4`);
    await idle();
    expect((await statusOf(publishId)).status).toBe('PUBLISH_COMPLETE');
    expect(server?.requests.map(({ headers }) => headers.range)).toEqual([
      'bytes=0-',
      'bytes=500-',
      'bytes=1000-',
    ]);
  });

  test.each<[string, Handler, string]>([
    [
      'redirects',
      (_request, response) => response.writeHead(302, { location: '/b.mp4' }).end(),
      'pull.redirect',
    ],
    ['is not there', (_request, response) => response.writeHead(404).end('no'), 'pull.unreachable'],
    ['breaks', (_request, response) => response.writeHead(500).end(), 'pull.unreachable'],
    ['hangs up', (_request, response) => response.destroy(), 'pull.unreachable'],
    [
      'stops half way without ranges',
      (_request, response) => {
        response.writeHead(200, { 'content-length': goodVideo.length });
        response.write(goodVideo.subarray(0, 500), () => response.destroy());
      },
      'pull.unreachable',
    ],
    [
      'answers another range',
      (_request, response) =>
        response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('56789'),
      'pull.unreachable',
    ],
  ])('whose server %s: video_pull_failed', async (_name, handle, rule) => {
    const publishId = await pullVideo(`${await serve(handle)}/a.mp4`);
    await idle();
    expect(await statusOf(publishId)).toMatchObject({
      status: 'FAILED',
      fail_reason: 'video_pull_failed',
    });
    expect(await brokenRules(tiktok)).toEqual([rule]);
  });

  test('that nobody serves: video_pull_failed', async () => {
    const publishId = await pullVideo('http://127.0.0.1:1/a.mp4');
    await idle();
    expect(await statusOf(publishId)).toMatchObject({ fail_reason: 'video_pull_failed' });
  });

  test('that claims to be over 4 GB is not fetched: file_format_check_failed', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 2 ** 32 + 1 });
      response.write('x');
    });
    const publishId = await pullVideo(`${url}/a.mp4`);
    await idle();
    expect(await statusOf(publishId)).toMatchObject({ fail_reason: 'file_format_check_failed' });
  });

  test('that is no video: file_format_check_failed', async () => {
    const url = await serve((_request, response) => response.end('<html></html>'));
    const publishId = await pullVideo(`${url}/a.mp4`);
    await idle();
    expect(await statusOf(publishId)).toMatchObject({ fail_reason: 'file_format_check_failed' });
  });

  test('of no bytes: file_format_check_failed', async () => {
    const url = await serve((request, response) => {
      if (request.headers.range === undefined) return response.end();
      response.writeHead(416, { 'content-range': 'bytes */0' }).end();
    });
    const publishId = await pullVideo(`${url}/a.mp4`);
    await idle();
    expect(await statusOf(publishId)).toMatchObject({ fail_reason: 'file_format_check_failed' });
  });

  test('that hangs for an hour of the emulator’s clock: video_pull_failed', async () => {
    const publishId = await pullVideo(`${await serve(() => undefined)}/a.mp4`);
    await tiktok.control.moveClock({ advance_seconds: 3599 });
    expect((await (await signIn(tiktok)).status(publishId)).body.data.status).toBe(
      'PROCESSING_DOWNLOAD',
    );
    await tiktok.control.moveClock({ advance_seconds: 1 });
    expect((await (await signIn(tiktok)).status(publishId)).body.data).toMatchObject({
      fail_reason: 'video_pull_failed',
    });
    expect(await brokenRules(tiktok)).toEqual(['pull.deadline']);
  });
});

describe('photos', () => {
  const photos = new Map([
    ['/1.jpg', mediaFile('photo-1080x1350.jpg')],
    ['/2.webp', mediaFile('photo-1080x1350.webp')],
    ['/wide.jpg', mediaFile('photo-1081x1350.jpg')],
    ['/3.png', mediaFile('photo-1080x1350.png')],
    ['/big.jpg', Buffer.alloc(20 * 1024 * 1024 + 1, mediaFile('photo-1080x1350.jpg'))],
  ]);
  const album: Handler = (request, response) => {
    const bytes = photos.get(request.url ?? '');
    if (bytes === undefined) response.writeHead(404).end();
    else sendBytes(request, response, bytes);
  };

  test.each([
    ['DIRECT_POST', 'PUBLISH_COMPLETE'],
    ['MEDIA_UPLOAD', 'SEND_TO_USER_INBOX'],
  ])('of a %s are fetched in order and end as %s', async (mode, status) => {
    const url = await serve(album);
    const publishId = await pullPhotos([`${url}/1.jpg`, `${url}/2.webp`, `${url}/1.jpg`], mode);
    await idle();
    expect((await statusOf(publishId)).status).toBe(status);
    const first = sha256(photos.get('/1.jpg') ?? Buffer.alloc(0));
    const second = sha256(photos.get('/2.webp') ?? Buffer.alloc(0));
    expect((await tiktok.control.listPosts()).posts[0]?.sha256).toEqual([first, second, first]);
  });

  test.each([
    ['/wide.jpg', 'picture_size_check_failed'],
    ['/3.png', 'file_format_check_failed'],
    ['/big.jpg', 'file_format_check_failed'],
    ['/none.jpg', 'photo_pull_failed'],
  ])('with %s among them end with %s', async (name, reason) => {
    const url = await serve(album);
    const publishId = await pullPhotos([`${url}/1.jpg`, `${url}${name}`]);
    await idle();
    expect(await statusOf(publishId)).toMatchObject({ status: 'FAILED', fail_reason: reason });
  });
});

// https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
describe('cancel', () => {
  const cancel = (publishId: string, user = client) => user.post(CANCEL, { publish_id: publishId });

  test('ends a download that is under way', async () => {
    const publishId = await pullVideo(`${await serve(() => undefined)}/a.mp4`);
    const answer = await cancel(publishId);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(['error']);
    expect(answer.body.error.code).toBe('ok');
    expect(await statusOf(publishId)).toMatchObject({
      status: 'FAILED',
      fail_reason: 'publish_cancelled',
    });
    await idle();
    const { webhooks } = await tiktok.control.listWebhooks();
    expect(webhooks.map(({ event }) => event)).toEqual(['post.publish.failed']);
    const again = await cancel(publishId);
    expect([again.status, again.body.error.code]).toEqual([400, 'publish_not_cancellable']);
  });

  test('comes too late once the download is over', async () => {
    const url = await serve((request, response) => sendBytes(request, response, goodVideo));
    await tiktok.control.moveClock({ frozen: true });
    const publishId = await pullVideo(`${url}/a.mp4`);
    await expect
      .poll(async () => (await cancel(publishId)).body.error.code)
      .toBe('publish_not_cancellable');
  });

  test('is not for uploads', async () => {
    const answer = await cancel(await uploadVideo(client));
    expect([answer.status, answer.body.error.code]).toEqual([400, 'publish_not_cancellable']);
  });

  test('is refused when the app no longer owns the URL', async () => {
    const publishId = await pullVideo(`${await serve(() => undefined)}/a.mp4`);
    await tiktok.control.putApp('audited', { verified_domains: [] });
    const answer = await cancel(publishId);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'url_ownership_unverified']);
  });

  test('knows its posts and their owners', async () => {
    const unknown = await cancel('v_pub_url~v2-1.1');
    expect([unknown.status, unknown.body.error.code]).toEqual([400, 'invalid_publish_id']);
    const publishId = await pullVideo(`${await serve(() => undefined)}/a.mp4`);
    const other = await cancel(publishId, await signIn(tiktok, { username: 'private_creator' }));
    expect([other.status, other.body.error.code]).toEqual([
      400,
      'token_not_authorized_for_specified_publish_id',
    ]);
    const reader = await cancel(publishId, await signIn(tiktok, { scopes: ['video.list'] }));
    expect([reader.status, reader.body.error.code]).toEqual([401, 'scope_not_authorized']);
  });
});

test('a pull that hangs does not keep the emulator from closing', async () => {
  const own = await startEmulator();
  client = await signIn(own);
  await pullVideo(`${await serve(() => undefined)}/a.mp4`);
  await own.close();
});
