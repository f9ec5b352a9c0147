import { blobSource, rangeSource, type VideoSource } from '@greenroom/sdk';
import { nodeSender, uploadVideo } from '@greenroom/sdk/node';
import { expect, test } from 'vitest';
import { startUploadServer, type UploadServer } from '../support/upload-server.ts';
import { sha256 } from '../support/video.ts';

const SIZE = 12_000_000;
const PLAN = { video_size: SIZE, chunk_size: SIZE, total_chunk_count: 1 };

function upload(server: UploadServer, source: VideoSource, sender: ReturnType<typeof nodeSender>) {
  const { uploadUrl } = server;
  const options = { plan: PLAN, contentType: 'video/mp4', allowUploadHost: () => true } as const;
  return uploadVideo({ ...options, uploadUrl, source, sender });
}

test('two uploads at once through one sender get their own bytes, again and again', async () => {
  await using sender = nodeSender();
  const videos = [1, 2].map((byte) => new Uint8Array(SIZE).fill(byte));
  for (let round = 0; round < 2; round += 1) {
    await Promise.all(
      videos.map(async (video) => {
        await using server = await startUploadServer();
        await upload(server, blobSource(new Blob([video])), sender);
        expect(server.sha256()).toBe(sha256(video));
      }),
    );
  }
});

test('a reader that has more bytes than its range never completes a body', async () => {
  await using sender = nodeSender();
  await using server = await startUploadServer();
  const plain = rangeSource({ size: SIZE, open: () => new Blob([new Uint8Array(SIZE)]).stream() });
  const source: VideoSource = {
    ...plain,
    openReader: async () => ({ read: async (into) => into.length, close: async () => undefined }),
  };
  await expect(upload(server, source, sender)).rejects.toMatchObject({ code: 'source_too_long' });
  expect(server.puts[0]?.received ?? 0).toBeLessThan(SIZE);
});
