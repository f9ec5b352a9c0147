import {
  blobSource,
  type ChunkSender,
  fetchSender,
  inspectVideo,
  rangeSource,
  type UploadOptions,
  type UploadResult,
  uploadVideo,
  urlSource,
  type VideoSource,
} from '@greenroom/sdk';
import { describe, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { startUploadServer } from '../support/upload-server.ts';
import { makeVideo } from '../support/video.ts';

// What the caller brings may hang and listen to no signal; nothing waits for it for ever.

const SIZE = 1_000;
const PLAN = { video_size: SIZE, chunk_size: SIZE, total_chunk_count: 1 };
const VIDEO = blobSource(new Blob([makeVideo(SIZE)]));

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

function upload(uploadUrl: string, options: Partial<UploadOptions>): Promise<UploadResult> {
  const allowUploadHost = () => true;
  return uploadVideo({ uploadUrl, source: VIDEO, plan: PLAN, allowUploadHost, ...options });
}

describe.each<{ name: string; source: VideoSource }>([
  { name: 'is never opened', source: rangeSource({ size: SIZE, open: () => never() }) },
  {
    name: 'never gives a byte',
    source: rangeSource({ size: SIZE, open: () => new ReadableStream({ pull: () => never() }) }),
  },
])('a source that $name', ({ source }) => {
  test('fails to be inspected in time', async () => {
    await expect(inspectVideo(source, { idleTimeoutMs: 30 })).rejects.toMatchObject({
      name: 'TikTokUploadError',
      code: 'source_failed',
      isRepeatSafe: true,
      cause: expect.stringContaining('30 ms'),
    });
  });

  test('fails an upload that has to look at it, in the time of the upload', async () => {
    await using server = await startUploadServer();
    const failing = upload(server.uploadUrl, { source, idleTimeoutMs: 30 });
    await expect(failing).rejects.toMatchObject({ code: 'source_failed' });
    expect(server.puts).toHaveLength(0);
  });

  test('does not keep an abort from ending that at once', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const looking = inspectVideo(source, { signal: controller.signal });
    controller.abort(reason);
    await expect(looking).rejects.toBe(reason);
    await expect(inspectVideo(source, { signal: controller.signal })).rejects.toBe(reason);
  });
});

describe.each<{ body: 'stream' | 'whole' }>([{ body: 'stream' }, { body: 'whole' }])(
  'a fetch that is deaf to its signal ($body)',
  ({ body }) => {
    const deaf: ChunkSender = fetchSender({ fetch: () => never(), body });

    test('ends in a timeout', async () => {
      const options = { sender: deaf, maxRetries: 0, idleTimeoutMs: 30 };
      const fetchStatus = async () => ({ status: 'PROCESSING_UPLOAD', uploaded_bytes: 0 });
      await expect(
        upload('http://127.0.0.1:1/', { ...options, fetchStatus }),
      ).rejects.toMatchObject({ name: 'TikTokTimeoutError', code: 'timeout' });
    });

    test('ends by an abort', async () => {
      const reason = new Error('enough');
      const controller = new AbortController();
      const fetch = () => {
        controller.abort(reason);
        return never<Response>();
      };
      const options = { sender: fetchSender({ fetch, body }), signal: controller.signal };
      await expect(upload('http://127.0.0.1:1/', options)).rejects.toBe(reason);
    });
  },
);

test('an onCheckpoint that hangs is not waited for after an abort', async () => {
  const reason = new Error('enough');
  const controller = new AbortController();
  const onCheckpoint = () => {
    controller.abort(reason);
    return never<void>();
  };
  const { signal } = controller;
  await expect(upload('http://127.0.0.1:1/', { onCheckpoint, signal })).rejects.toBe(reason);
});

test('a fetchStatus that hangs is not waited for after an abort', async () => {
  const reason = new Error('enough');
  const controller = new AbortController();
  await using server = await startUploadServer([
    async ({ complete, socket }) => {
      await complete;
      socket.resetAndDestroy();
    },
  ]);
  const fetchStatus = () => {
    controller.abort(reason);
    return never<{ status: string }>();
  };
  const { signal } = controller;
  await expect(upload(server.uploadUrl, { fetchStatus, signal })).rejects.toBe(reason);
});

describe('a server that holds the video and never answers', () => {
  test('fails urlSource in time', async () => {
    await using storage = await startServer(() => undefined);
    await expect(urlSource(storage.url, { timeoutMs: 30 })).rejects.toMatchObject({
      name: 'TikTokUploadError',
      code: 'source_failed',
    });
  });

  test('does not keep an abort from ending urlSource, not even over a deaf fetch', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const asking = urlSource('http://127.0.0.1:1/', {
      fetch: () => never(),
      signal: controller.signal,
    });
    controller.abort(reason);
    await expect(asking).rejects.toBe(reason);
  });
});
