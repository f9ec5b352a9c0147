import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningEmulator, startEmulator } from '@greenroom/emulator';
import {
  blobSource,
  type ChunkPlan,
  type ChunkSender,
  planUploads,
  rangeSource,
  TikTokClient,
  type UploadCheckpoint,
  type UploadOptions,
  urlSource,
} from '@greenroom/sdk';
import { fileSource, resumeUpload, uploadVideo } from '@greenroom/sdk/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openFiles } from '../support/open-files.ts';
import { SENDERS } from '../support/senders.ts';
import { startServer } from '../support/server.ts';
import { sha256 } from '../support/video.ts';

const DEMO = new URL('../../../../examples/demo/media/greenroom-demo.mp4', import.meta.url);
const SIZE = 25_000_123;

let emulator: RunningEmulator;
let folder: string;
let path: string;
let video: Buffer;
let client: TikTokClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-upload-'));
  path = join(folder, 'video.mp4');
  video = pad(await readFile(DEMO), SIZE);
  await writeFile(path, video);
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await emulator.control.reset();
  const who = { client_key: 'audited', username: 'public_creator' };
  const { access_token } = await emulator.control.createToken(who);
  client = new TikTokClient({ accessToken: access_token, baseUrl: emulator.url });
});

/** Begins a post in the inbox, and gives what its upload needs. */
async function init(plan: ChunkPlan) {
  const { publish_id, upload_url = '' } = await client.initInboxVideo({
    source_info: { source: 'FILE_UPLOAD', ...plan },
  });
  return {
    publishId: publish_id,
    uploadUrl: upload_url,
    plan,
    allowUploadHost: (url: URL) => url.hostname === '127.0.0.1',
    fetchStatus: (signal: AbortSignal) => client.fetchStatus(publish_id, { signal }),
    sleep: async () => undefined,
  };
}

/** What the emulator received, once it has looked at it. */
async function received() {
  await emulator.control.waitIdle({ advance: true });
  const { posts } = await emulator.control.listPosts();
  const { violations } = await emulator.control.listViolations();
  return {
    posts: posts.map(({ bytes, sha256, status }) => ({ bytes, sha256, status })),
    violations,
  };
}

const COMPLETE = {
  posts: [{ bytes: SIZE, sha256: '', status: 'SEND_TO_USER_INBOX' }],
  violations: [],
};
function complete() {
  return { ...COMPLETE, posts: COMPLETE.posts.map((post) => ({ ...post, sha256: sha256(video) })) };
}

const [WHOLE, SPLIT = WHOLE] = planUploads(SIZE);

describe.each(SENDERS)('$sender', ({ make }) => {
  let sender: ChunkSender;
  beforeEach(() => {
    sender = make();
  });
  afterEach(async () => {
    await sender.close?.();
    await expect.poll(() => openFiles(path)).toBe(0);
  });

  test('brings every byte to TikTok, by both plans of the ladder and from every source', async () => {
    await using server = await startServer((response, request) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      const range = `bytes ${first}-${last}/${SIZE}`;
      response.writeHead(206, { 'content-range': range, etag: '"1"' });
      response.end(video.subarray(Number(first), Number(last) + 1));
    });
    const sources = [
      await fileSource(path),
      blobSource(new Blob([new Uint8Array(video)])),
      await urlSource(server.url),
      rangeSource({
        size: SIZE,
        open: async function* (first, last) {
          yield video.subarray(first, last + 1);
        },
      }),
    ];
    for (const [index, source] of sources.entries()) {
      await emulator.control.reset();
      const who = { client_key: 'audited', username: 'public_creator' };
      const { access_token } = await emulator.control.createToken(who);
      client = new TikTokClient({ accessToken: access_token, baseUrl: emulator.url });
      const options = await init(index % 2 === 0 ? SPLIT : WHOLE);
      await uploadVideo({ ...options, source, sender });
      expect(await received()).toEqual(complete());
    }
  });

  test.each([
    { fault: 'a chunk is answered 500 instead of taken', action: { status: 500 }, nth: 1 },
    { fault: 'the last chunk is answered 502', action: { status: 502 }, nth: 2 },
    { fault: 'a chunk is cut before it is taken', action: { drop: 'before' }, nth: 1 },
    { fault: 'the answer to a chunk is lost', action: { drop: 'after' }, nth: 1 },
    { fault: 'the answer to the last chunk is lost', action: { drop: 'after' }, nth: 2 },
  ] as const)('brings every byte once when $fault', async ({ action, nth }) => {
    const match = { method: 'PUT', path: '/upload*', nth };
    await emulator.control.addFault({ match, action, times: 1 });
    await uploadVideo({ ...(await init(SPLIT)), source: path, sender });
    expect(await received()).toEqual(complete());
  });

  test('goes on by Content-Range alone when an answer is lost and nobody can be asked', async () => {
    const match = { method: 'PUT', path: '/upload*', nth: 1 };
    await emulator.control.addFault({ match, action: { drop: 'after' }, times: 1 });
    const { fetchStatus, ...options } = await init(SPLIT);
    await uploadVideo({ ...options, source: path, sender });
    const { posts } = await received();
    expect(posts).toEqual(complete().posts);
  });

  test('stops when the URL has expired at TikTok', async () => {
    const options: UploadOptions = { ...(await init(SPLIT)), source: await fileSource(path) };
    await emulator.control.moveClock({ advance_seconds: 3_601 });
    await expect(uploadVideo({ ...options, sender })).rejects.toMatchObject({
      code: 'upload_url_expired',
      status: 403,
    });
  });

  test('stops at a URL of no upload', async () => {
    const options = await init(SPLIT);
    const uploadUrl = options.uploadUrl.replace(/upload_id=\d+/, 'upload_id=1');
    expect(uploadUrl).not.toBe(options.uploadUrl);
    await expect(
      uploadVideo({ ...options, uploadUrl, source: path, sender }),
    ).rejects.toMatchObject({ code: 'upload_not_found', status: 404 });
  });
});

test('an upload that was aborted is resumed, with nothing sent twice', async () => {
  const options = await init(SPLIT);
  const controller = new AbortController();
  let stored: UploadCheckpoint | undefined;
  const onCheckpoint = (checkpoint: UploadCheckpoint) => {
    stored = checkpoint;
    if (checkpoint.uploaded_bytes > 0) controller.abort(new Error('enough'));
  };
  const { signal } = controller;
  await expect(uploadVideo({ ...options, source: path, onCheckpoint, signal })).rejects.toThrow(
    'enough',
  );
  // As another process would have it.
  const checkpoint: UploadCheckpoint = JSON.parse(JSON.stringify(stored));
  expect(checkpoint.uploaded_bytes).toBe(10_000_000);
  const { allowUploadHost, fetchStatus } = options;
  await resumeUpload({ checkpoint, source: path, fetchStatus, allowUploadHost });
  expect(await received()).toEqual(complete());
});

/** The demo video and a `free` box, which players skip, up to a size. */
function pad(demo: Buffer, size: number): Buffer {
  const padded = Buffer.alloc(size, 'greenroom');
  demo.copy(padded);
  padded.writeUInt32BE(size - demo.length, demo.length);
  padded.write('free', demo.length + 4, 'latin1');
  return padded;
}
