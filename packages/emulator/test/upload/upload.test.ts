import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/index.ts';
import {
  brokenRules,
  call,
  goodVideo,
  putChunk,
  putWhole,
  sha256,
  signIn,
  type TestClient,
  VIDEO_INIT,
  wholeFile,
} from '../support/client.ts';

let tiktok: RunningEmulator;
let client: TestClient;

beforeAll(async () => {
  tiktok = await startEmulator({ settings: { rate_limits: false, caps: false } });
  client = await signIn(tiktok);
});
afterAll(() => tiktok.close());

async function open(source: object): Promise<{ publishId: string; url: string }> {
  const init = await client.post(VIDEO_INIT, {
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: source,
  });
  return { publishId: init.body.data.publish_id, url: init.body.data.upload_url };
}

const openWhole = (bytes = goodVideo) => open(wholeFile(bytes.length));
const openChunks = (size: number, chunk: number) =>
  open({
    source: 'FILE_UPLOAD',
    video_size: size,
    chunk_size: chunk,
    total_chunk_count: Math.floor(size / chunk),
  });

async function progressOf(publishId: string): Promise<number | undefined> {
  return (await client.status(publishId)).body.data.uploaded_bytes;
}

/** Without what a video of an earlier test is found to lack, some time after its upload. */
async function brokenUploadRules(): Promise<string[]> {
  return (await brokenRules(tiktok)).filter((rule) => rule.startsWith('upload.'));
}

async function newestPost() {
  return (await tiktok.control.listPosts()).posts.at(-1);
}

test('the upload_url is short and carries an int64 and a uuid', async () => {
  const { url } = await openWhole();
  const pattern = /^http:\/\/127\.0\.0\.1:\d+\/upload\?upload_id=\d{19}&upload_token=[\da-f-]{36}$/;
  expect(url).toMatch(pattern);
  expect(url.length).toBeLessThanOrEqual(256);
});

// Reference 5.5.1: https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
test('the documented example of five chunks is answered 206 four times and 201 at last', async () => {
  const total = 50_000_123;
  const bytes = Buffer.alloc(total, 'fifty million bytes and some');
  const { publishId, url } = await openChunks(total, 10_000_000);
  const answers = [];
  for (let first = 0; first < 50_000_000; first += 10_000_000) {
    const last = first === 40_000_000 ? total - 1 : first + 9_999_999;
    const answer = await putChunk(url, bytes, { first, last, total });
    answers.push([answer.status, answer.headers.get('content-range'), answer.text]);
    expect(await progressOf(publishId)).toBe(last + 1);
  }
  expect(answers).toEqual([
    [206, 'bytes 0-10000000/50000123', ''],
    [206, 'bytes 0-20000000/50000123', ''],
    [206, 'bytes 0-30000000/50000123', ''],
    [206, 'bytes 0-40000000/50000123', ''],
    [201, 'bytes 0-50000123/50000123', ''],
  ]);
  expect(await newestPost()).toMatchObject({ bytes: total, sha256: sha256(bytes) });
});

// Reference 5.5.2: https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
test('the documented example of one chunk is answered 201', async () => {
  const bytes = Buffer.alloc(4_194_304, 'one piece');
  const { url } = await openWhole(bytes);
  const answer = await putChunk(url, bytes, { first: 0, last: 4_194_303, total: 4_194_304 });
  expect(answer.status).toBe(201);
  expect(await newestPost()).toMatchObject({ sha256: sha256(bytes) });
});

describe('headers', () => {
  const total = goodVideo.length;
  const range = `bytes 0-${total - 1}/${total}`;

  test.each([
    ['no Content-Type', { 'content-range': range }, 'upload.content_type'],
    ['JSON', { 'content-type': 'application/json', 'content-range': range }, 'upload.content_type'],
    [
      'an unknown video type',
      { 'content-type': 'video/avi', 'content-range': range },
      'upload.content_type',
    ],
    ['no Content-Range', { 'content-type': 'video/mp4' }, 'upload.content_range'],
    [
      'a malformed range',
      { 'content-type': 'video/mp4', 'content-range': '0-9/10' },
      'upload.content_range',
    ],
    [
      'an open total',
      { 'content-type': 'video/mp4', 'content-range': `bytes 0-${total - 1}/*` },
      'upload.content_range',
    ],
    [
      'another total',
      { 'content-type': 'video/mp4', 'content-range': `bytes 0-${total - 1}/${total + 1}` },
      'upload.content_range',
    ],
    [
      'a range longer than the body',
      { 'content-type': 'video/mp4', 'content-range': `bytes 0-${total}/${total + 1}` },
      'upload.content_length',
    ],
  ])('%s: 400, and the upload can still be done', async (_name, headers, rule) => {
    const { publishId, url } = await openWhole();
    const body = new Uint8Array(goodVideo);
    // A typed array brings no content type of its own.
    const answer = await call(url, { method: 'PUT', headers, body });
    expect(answer.status).toBe(400);
    expect((await brokenUploadRules()).at(-1)).toBe(rule);
    expect(await progressOf(publishId)).toBe(0);
    expect((await putWhole(url, goodVideo)).status).toBe(201);
  });

  test.each(['video/mp4', 'video/quicktime', 'video/webm', 'video/mp4; codecs="avc1"'])(
    '%s is taken',
    async (type) => {
      const { url } = await openWhole();
      const answer = await putChunk(
        url,
        goodVideo,
        { first: 0, last: total - 1, total },
        { 'content-type': type },
      );
      expect(answer.status).toBe(201);
    },
  );

  test('a chunked transfer without Content-Length is refused with 400', async () => {
    const { url } = await openWhole();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(goodVideo));
        controller.close();
      },
    });
    const answer = await call(url, {
      method: 'PUT',
      headers: { 'content-type': 'video/mp4', 'content-range': range },
      body,
      duplex: 'half',
    } as RequestInit);
    expect(answer.status).toBe(400);
    expect((await brokenUploadRules()).at(-1)).toBe('upload.content_length');
  });

  test('an Authorization header and unknown query keys are ignored and recorded', async () => {
    const { url } = await openWhole();
    const answer = await putChunk(
      `${url}&part_number=1`,
      goodVideo,
      { first: 0, last: total - 1, total },
      { authorization: `Bearer ${client.token}` },
    );
    expect(answer.status).toBe(201);
    const { violations } = await tiktok.control.listViolations();
    expect(violations.slice(-2).map(({ rule }) => rule)).toEqual([
      'gateway.unknown_query',
      'upload.authorization_header',
    ]);
    expect(JSON.stringify(violations)).not.toContain(client.token);
  });
});

describe('the task', () => {
  test.each([
    ['another token', (url: string) => url.replace(/upload_token=.{8}/, 'upload_token=00000000')],
    ['another id', (url: string) => url.replace(/upload_id=\d+/, 'upload_id=7000000000000000001')],
    ['no query', (url: string) => url.replace(/\?.*/, '')],
    ['a doubled key', (url: string) => `${url}&upload_id=1`],
  ])('%s: 404', async (_name, change) => {
    const { url } = await openWhole();
    expect((await putWhole(change(url), goodVideo)).status).toBe(404);
    expect((await brokenUploadRules()).at(-1)).toBe('upload.unknown_task');
  });

  test('another path or method is unknown to the gateway', async () => {
    const { url } = await openWhole();
    const asPost = await call(url, { method: 'POST', body: 'x' });
    expect([asPost.status, asPost.text]).toEqual([404, 'Unsupported path(Janus)']);
  });
});

describe('order', () => {
  const total = 12_000_000;
  const bytes = Buffer.alloc(total, 'twelve');
  const chunks = { first: 0, last: 4_999_999, total };

  test.each([
    ['the second chunk first', 5_000_000, total - 1],
    ['half a chunk', 0, 2_499_999],
    ['two chunks at once', 0, total - 1],
    ['a chunk that begins late', 1, 4_999_999],
  ])('%s: 416 with the progress', async (_name, first, last) => {
    const { url } = await openChunks(total, 5_000_000);
    const answer = await putChunk(url, bytes, { first, last, total });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([
      416,
      `bytes 0-0/${total}`,
    ]);
    expect((await brokenUploadRules()).at(-1)).toBe('upload.order');
  });

  test('a chunk sent again is answered 416 with the progress, before the end and after it', async () => {
    const { url } = await openChunks(total, 5_000_000);
    await putChunk(url, bytes, chunks);
    const again = await putChunk(url, bytes, chunks);
    expect([again.status, again.headers.get('content-range')]).toEqual([
      416,
      `bytes 0-5000000/${total}`,
    ]);
    expect((await putChunk(url, bytes, { first: 5_000_000, last: total - 1, total })).status).toBe(
      201,
    );
    const late = await putChunk(url, bytes, { first: 5_000_000, last: total - 1, total });
    expect([late.status, late.headers.get('content-range')]).toEqual([
      416,
      `bytes 0-${total}/${total}`,
    ]);
  });

  test('the progress can be the last byte, for the documentation leaves it open', async () => {
    await tiktok.control.patchSettings({ upload_progress_form: 'last_byte' });
    const { url } = await openChunks(total, 5_000_000);
    const answer = await putChunk(url, bytes, chunks);
    await tiktok.control.patchSettings({ upload_progress_form: 'count' });
    expect(answer.headers.get('content-range')).toBe(`bytes 0-4999999/${total}`);
  });
});

describe('broken connections', () => {
  const total = 10_000_000;
  const bytes = Buffer.alloc(total, 'ten');

  /** Sends the head and part of the body of a chunk, and keeps the connection open. */
  async function beginChunk(url: string, sent: number): Promise<{ cut: () => void }> {
    const { host, hostname, port, pathname, search } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const head = [
      `PUT ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      'Content-Type: video/mp4',
      'Content-Length: 5000000',
      `Content-Range: bytes 0-4999999/${total}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await new Promise((resolve) => socket.write(bytes.subarray(0, sent), resolve));
    return { cut: () => socket.destroy() };
  }

  /** Waits until another chunk is refused because this one is being received. */
  async function untilReceiving(url: string): Promise<void> {
    await expect
      .poll(async () => {
        const last = { first: 5_000_000, last: total - 1, total };
        expect((await putChunk(url, bytes, last)).status).toBe(416);
        return (await brokenUploadRules()).at(-1);
      })
      .toBe('upload.one_at_a_time');
  }

  test('a cut chunk leaves nothing, and the chunk sent again is whole', async () => {
    const { publishId, url } = await openChunks(total, 5_000_000);
    const { cut } = await beginChunk(url, 3_000_000);
    const first = { first: 0, last: 4_999_999, total };
    await untilReceiving(url);
    cut();
    expect(await progressOf(publishId)).toBe(0);
    await expect.poll(async () => (await putChunk(url, bytes, first)).status).toBe(206);
    const last = { first: 5_000_000, last: total - 1, total };
    expect((await putChunk(url, bytes, last)).status).toBe(201);
    const { posts } = await tiktok.control.listPosts();
    expect(posts.find(({ publish_id }) => publish_id === publishId)).toMatchObject({
      sha256: sha256(bytes),
    });
  });

  test('a second chunk at the same time is refused with 416', async () => {
    const { url } = await openChunks(total, 5_000_000);
    const { cut } = await beginChunk(url, 1_000_000);
    await untilReceiving(url);
    cut();
  });
});

test('an upload_url answers 403 an hour after init, and its post fails', async () => {
  await using own = await startEmulator();
  const user = await signIn(own);
  const init = await user.post(VIDEO_INIT, {
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: wholeFile(goodVideo.length),
  });
  const { publish_id: publishId, upload_url: url } = init.body.data;
  await own.control.moveClock({ advance_seconds: 3599 });
  expect((await user.status(publishId)).body.data.status).toBe('PROCESSING_UPLOAD');
  await own.control.moveClock({ advance_seconds: 1 });
  expect((await putWhole(url, goodVideo)).status).toBe(403);
  expect(await brokenRules(own)).toContain('upload.expired');
  expect((await user.status(publishId)).body.data).toMatchObject({
    status: 'FAILED',
    fail_reason: 'internal',
  });
});

test('an upload whose creator removed access is over: 404', async () => {
  await using own = await startEmulator();
  const user = await signIn(own);
  const init = await user.post(VIDEO_INIT, {
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: wholeFile(goodVideo.length),
  });
  await own.control.act('public_creator', { act: 'disconnect', client_key: 'audited', reason: 1 });
  expect((await putWhole(init.body.data.upload_url, goodVideo)).status).toBe(404);
});

test('the observed dialect answers 502 when the body does not fit its range', async () => {
  await using own = await startEmulator({ dialect: 'observed' });
  const user = await signIn(own);
  const init = await user.post(VIDEO_INIT, {
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: wholeFile(goodVideo.length),
  });
  const answer = await call(init.body.data.upload_url, {
    method: 'PUT',
    headers: { 'content-type': 'video/mp4', 'content-range': `bytes 0-9/${goodVideo.length}` },
    body: new Uint8Array(goodVideo),
  });
  expect(answer.status).toBe(502);
});
