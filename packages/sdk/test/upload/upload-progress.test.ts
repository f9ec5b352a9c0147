import { blobSource, type UploadProgress, uploadVideo } from '@greenroom/sdk';
import { expect, test } from 'vitest';
import { makeVideo } from '../support/video.ts';

const SIZE = 10_000_000;
const PLAN = { video_size: SIZE, chunk_size: 5_000_000, total_chunk_count: 2 };

/** Uploads over a line of a million bytes a second, on a clock that only the line moves. */
async function uploadSlowly(failures: number): Promise<UploadProgress[]> {
  let now = Date.parse('2026-11-20T12:00:00Z');
  let left = failures;
  const seen: UploadProgress[] = [];
  await uploadVideo({
    uploadUrl: 'https://open-upload.tiktokapis.com/upload?upload_id=1',
    source: blobSource(new Blob([makeVideo(SIZE)])),
    plan: PLAN,
    contentType: 'video/mp4',
    clock: () => new Date(now),
    sleep: async () => undefined,
    onProgress: (progress) => void seen.push(progress),
    sender: {
      async send({ body, onSent }) {
        for await (const piece of body.pieces()) {
          now += piece.length / 1000;
          onSent(piece.length);
        }
        left -= 1;
        return { status: left >= 0 ? 503 : 206, header: () => null };
      },
    },
  });
  return seen;
}

test('tells bytes, speed and time left, from nothing to all', async () => {
  const seen = await uploadSlowly(0);
  expect(seen[0]).toEqual({
    bytes: 0,
    confirmedBytes: 0,
    totalBytes: SIZE,
    bytesPerSecond: 0,
    timeLeftMs: undefined,
    retries: 0,
  });
  expect(seen.at(-1)).toMatchObject({ bytes: SIZE, confirmedBytes: SIZE, timeLeftMs: 0 });
  const bytes = seen.map((progress) => progress.bytes);
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  for (const { bytes, bytesPerSecond, timeLeftMs } of seen.slice(1)) {
    expect(bytesPerSecond).toBe(1_000_000);
    expect(timeLeftMs).toBe((SIZE - bytes) / 1000);
  }
});

test('tells at most ten times a second, and of every confirmed chunk', async () => {
  const seen = await uploadSlowly(0);
  // Ten seconds, two chunks, and the start.
  expect(seen.length).toBeLessThanOrEqual(103);
  const confirmed = new Set(seen.map((progress) => progress.confirmedBytes));
  expect([...confirmed]).toEqual([0, 5_000_000, SIZE]);
});

test('falls back to what is confirmed when a chunk is sent again, and counts that', async () => {
  const seen = await uploadSlowly(1);
  const repeat = seen.findIndex((progress) => progress.retries === 1);
  expect(seen[repeat]).toMatchObject({ bytes: 0, confirmedBytes: 0 });
  expect(seen.at(-1)).toMatchObject({ bytes: SIZE, retries: 1, bytesPerSecond: 1_000_000 });
});
