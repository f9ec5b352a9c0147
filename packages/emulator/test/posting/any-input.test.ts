import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/index.ts';
import {
  CANCEL,
  CONTENT_INIT,
  call,
  goodVideo,
  INBOX_INIT,
  STATUS,
  signIn,
  type TestClient,
  VIDEO_INIT,
  wholeFile,
} from '../support/client.ts';

let tiktok: RunningEmulator;
let client: TestClient;
const errors: unknown[] = [];

beforeAll(async () => {
  tiktok = await startEmulator({
    settings: { rate_limits: false, caps: false },
    onError: (error) => errors.push(error),
  });
  client = await signIn(tiktok);
});
afterAll(() => tiktok.close());

/** Bodies that have the right names and anything below them. */
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('FILE_UPLOAD', 'PULL_FROM_URL', 'PHOTO', 'DIRECT_POST', 'SELF_ONLY', 10, 2 ** 53),
  fc.webUrl(),
  fc.array(fc.constantFrom('http://127.0.0.1:1/a', 'http://[', 'https://x', ''), { maxLength: 40 }),
);
const record = (...names: string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
const body = fc.record(
  {
    media_type: value,
    post_mode: value,
    publish_id: value,
    filters: fc.oneof(value, record('video_ids')),
    cursor: value,
    max_count: value,
    post_info: fc.oneof(
      value,
      record('title', 'privacy_level', 'description', 'disable_comment', '__proto__'),
    ),
    source_info: fc.oneof(
      value,
      record(
        'source',
        'video_size',
        'chunk_size',
        'total_chunk_count',
        'video_url',
        'photo_images',
        'photo_cover_index',
      ),
    ),
  },
  { requiredKeys: [] },
);
const paths = [
  VIDEO_INIT,
  INBOX_INIT,
  CONTENT_INIT,
  STATUS,
  CANCEL,
  '/v2/video/list/?fields=id',
  '/v2/video/query/?fields=id',
];

test('whatever JSON an endpoint gets, it answers with an envelope and never breaks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.oneof(body, value), async (path, json) => {
      const answer = await client.post(path, json);
      expect([200, 400, 403]).toContain(answer.status);
      expect(typeof answer.body.error.code).toBe('string');
    }),
    { numRuns: 400 },
  );
  await tiktok.control.waitIdle({ advance: true });
  expect(errors).toEqual([]);
});

test('whatever headers a chunk has, the upload answers by the documents and never breaks', async () => {
  const init = await client.post(VIDEO_INIT, {
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: wholeFile(goodVideo.length),
  });
  const url = init.body.data.upload_url;
  const number = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constant(goodVideo.length));
  const range = fc
    .tuple(number, number, number)
    .map(([first, last, total]) => `bytes ${first}-${last}/${total}`);
  const printable = fc.string({ unit: fc.constantFrom(...'abz019-/ *=;,".') });
  const headers = fc.record(
    {
      'content-type': fc.oneof(fc.constantFrom('video/mp4', 'video/webm'), printable),
      'content-range': fc.oneof(range, printable),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(headers, async (sent) => {
      const answer = await call(url, { method: 'PUT', headers: sent, body: new Uint8Array(5) });
      expect([400, 416]).toContain(answer.status);
    }),
    { numRuns: 200 },
  );
  expect((await client.status(init.body.data.publish_id)).body.data.uploaded_bytes).toBe(0);
});
