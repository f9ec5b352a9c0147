import { execFileSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { appendFile, mkdtemp, open, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type ChunkSender,
  inspectVideo,
  type UploadResult,
  type VideoSource,
} from '@greenroom/sdk';
import { fileSource, uploadVideo } from '@greenroom/sdk/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFiles } from '../support/open-files.ts';
import { SENDERS } from '../support/senders.ts';
import { type Step, startUploadServer, type UploadServer } from '../support/upload-server.ts';
import { makeVideo, sha256 } from '../support/video.ts';

const SIZE = 3_000_123;
const PLAN = { video_size: SIZE, chunk_size: 1_000_000, total_chunk_count: 3 };
const VIDEO = makeVideo(SIZE);

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-file-source-'));
  path = join(folder, 'video.mp4');
  await writeFile(path, VIDEO);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe.each(SENDERS)('$sender', ({ make }) => {
  let sender: ChunkSender;
  beforeEach(() => {
    sender = make();
  });
  afterEach(async () => {
    await sender.close?.();
  });

  function upload(server: UploadServer, source: VideoSource | string | URL): Promise<UploadResult> {
    const { uploadUrl } = server;
    return uploadVideo({ uploadUrl, source, plan: PLAN, sender, allowUploadHost: () => true });
  }

  test('sends a file by its path, by its URL and by a handle that stays open', async () => {
    for (const file of [path, pathToFileURL(path)]) {
      await using server = await startUploadServer();
      await upload(server, file);
      expect(server.sha256()).toBe(sha256(VIDEO));
    }
    await using server = await startUploadServer();
    await using handle = await open(path);
    await upload(server, await fileSource(handle));
    expect(server.sha256()).toBe(sha256(VIDEO));
    await expect(handle.stat()).resolves.toMatchObject({ size: SIZE });
    expect(openFiles(path)).toBe(1);
  });

  test.each([
    { change: 'shrinks', act: () => truncate(path, 1_500_000) },
    { change: 'shrinks to nothing', act: () => truncate(path, 0) },
    { change: 'grows', act: () => appendFile(path, 'more') },
    { change: 'is written over', act: () => writeFile(path, makeVideo(SIZE)) },
    { change: 'is replaced by another', act: replace },
    { change: 'is deleted', act: () => rm(path), code: 'source_missing' },
  ])('never completes a file that $change during the upload', async ({ act, code }) => {
    const between: Step = async (turn) => {
      await turn.complete;
      await act();
      await turn.accept();
    };
    await using server = await startUploadServer([between]);
    await expect(upload(server, path)).rejects.toMatchObject({ code: code ?? 'source_changed' });
    expect(server.progress()).toBe(1_000_000);
    for (const put of server.puts.slice(1)) expect(put.received).toBeLessThan(1_000_000);
    expect(openFiles(path)).toBe(0);
  });

  test('leaves no file open when the upload fails', async () => {
    await using server = await startUploadServer([({ socket }) => void socket.destroy()]);
    const failing = uploadVideo({
      uploadUrl: server.uploadUrl,
      source: path,
      plan: PLAN,
      sender,
      allowUploadHost: () => true,
      maxRetries: 0,
    });
    await expect(failing).rejects.toMatchObject({ name: 'TikTokNetworkError' });
    await expect.poll(() => openFiles(path)).toBe(0);
  });
});

test('refuses what is no video file before anything is sent', async () => {
  await writeFile(join(folder, 'empty.mp4'), '');
  await using large = await open(join(folder, 'large.mp4'), 'w');
  // Sparse: it has the size and takes no room.
  await large.truncate(4_000_000_001);
  // Opened like a file it would wait for a writer for ever.
  execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe.mp4')]);
  const refusals = {
    'missing.mp4': 'source_missing',
    'video.mp4/inside.mp4': 'source_missing',
    '.': 'source_not_a_file',
    'pipe.mp4': 'source_not_a_file',
    'empty.mp4': 'video_empty',
    'large.mp4': 'video_too_large',
  };
  for (const [name, code] of Object.entries(refusals)) {
    await expect(fileSource(join(folder, name))).rejects.toMatchObject({
      name: 'TikTokValidationError',
      code,
      explanation: expect.stringMatching(/\. .*\.$/),
    });
  }
});

test('refuses a file that may not be read', async () => {
  // Root may read everything; a process without its rights may not.
  const script = `
    import { fileSource } from '@greenroom/sdk/node';
    process.setgroups?.([]);
    process.setgid(65534);
    process.setuid(65534);
    await fileSource(process.argv[1]).catch((error) => console.log(error.code));
  `;
  await using handle = await open(path);
  await handle.chmod(0o000);
  const isRoot = process.getuid?.() === 0;
  const code = isRoot
    ? execFileSync(
        process.execPath,
        ['--conditions=@greenroom/source', '--input-type=module', '-e', script, path],
        { cwd: import.meta.dirname, encoding: 'utf8' },
      ).trim()
    : await fileSource(path).then(
        () => 'read',
        (error: { code: string }) => error.code,
      );
  expect(code).toBe('source_unreadable');
});

test('reads the bytes of any range', async () => {
  const source = await fileSource(path);
  expect(await inspectVideo(source)).toBe('video/mp4');
  const pieces: Uint8Array[] = [];
  const stream = await source.open({ first: 999_990, last: 2_000_010 }, AbortSignal.timeout(5_000));
  // A file is an async iterable.
  for await (const piece of stream as AsyncIterable<Uint8Array>) pieces.push(piece);
  expect(sha256(Buffer.concat(pieces))).toBe(sha256(VIDEO.subarray(999_990, 2_000_011)));
  expect(openFiles(path)).toBe(0);
});

test('leaves nothing behind on a signal that lives on', async () => {
  const source = await fileSource(path);
  const { signal } = new AbortController();
  for (let times = 0; times < 3; times += 1) {
    await inspectVideo(source, { signal });
    const stream = await source.open({ first: 0, last: 9 }, signal);
    // A file is an async iterable.
    for await (const piece of stream as AsyncIterable<Uint8Array>) expect(piece).toHaveLength(10);
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test.each([
  { what: 'an address as a URL', make: async () => new URL('https://example.com/video.mp4') },
  { what: 'an address as a text', make: async () => 'https://example.com/video.mp4' },
])('names urlSource to who gives $what', async ({ make }) => {
  await expect(fileSource(await make())).rejects.toMatchObject({
    name: 'TikTokValidationError',
    code: 'source_not_a_file',
    explanation: expect.stringContaining('urlSource'),
  });
});

test('tells of a handle that is closed, before the upload and during it', async () => {
  const handle = await open(path);
  const source = await fileSource(handle);
  await handle.close();
  await expect(fileSource(handle)).rejects.toMatchObject({
    name: 'TikTokValidationError',
    code: 'source_unreadable',
    explanation: expect.stringContaining('closed'),
  });
  await expect(inspectVideo(source)).rejects.toMatchObject({ code: 'source_failed' });
});

async function replace(): Promise<void> {
  const other = join(folder, 'other.mp4');
  await writeFile(other, VIDEO);
  await rename(other, path);
}
