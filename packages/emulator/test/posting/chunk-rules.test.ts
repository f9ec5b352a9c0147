import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChunkPlan, findChunkPlanFault, toChunkRange } from '../../src/posting/chunk-rules.ts';

const refuse = { oversizedSingleChunk: 'refuse' } as const;
const accept = { oversizedSingleChunk: 'accept' } as const;
const chunkSizeMessage = 'The chunk size is invalid';
const countMessage = 'The total chunk count is invalid';

const plan = (videoSize: number, chunkSize: number, totalChunkCount: number): ChunkPlan => ({
  videoSize,
  chunkSize,
  totalChunkCount,
});

describe('the worked examples of the documentation', () => {
  // https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
  test('50,000,123 bytes go in five chunks, the last of which takes the remainder', () => {
    const example = plan(50_000_123, 10_000_000, 5);
    expect(findChunkPlanFault(example, refuse)).toBeUndefined();
    expect([0, 1, 2, 3, 4].map((index) => toChunkRange(example, index))).toEqual([
      [0, 9_999_999],
      [10_000_000, 19_999_999],
      [20_000_000, 29_999_999],
      [30_000_000, 39_999_999],
      [40_000_000, 50_000_122],
    ]);
  });

  // https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
  test('4,194,304 bytes go in one chunk', () => {
    const example = plan(4_194_304, 4_194_304, 1);
    expect(findChunkPlanFault(example, refuse)).toBeUndefined();
    expect(toChunkRange(example, 0)).toEqual([0, 4_194_303]);
  });
});

test.each([
  [1, 1, 1],
  [5_000_000, 5_000_000, 1],
  [64_000_000, 64_000_000, 1],
  [64_000_001, 10_000_000, 6],
  [66_259_900, 10_000_000, 6],
  [150_000_000, 10_000_000, 15],
  [4_000_000_000, 10_000_000, 400],
  // Sizes that only one reading of MB allows.
  [10_000_000, 5_000_000, 2],
  [67_108_864, 67_108_864, 1],
  [134_217_728, 67_108_864, 2],
  [4_294_967_296, 10_485_760, 409],
  [158_008_374, 5_242_880, 30],
])('%i bytes in chunks of %i, %i of them, are accepted', (size, chunk, count) => {
  expect(findChunkPlanFault(plan(size, chunk, count), refuse)).toBeUndefined();
});

test.each([
  // Reference 5.5.4 and 5.5.5.
  ['the count is rounded up', 50_000_123, 10_000_000, 6, countMessage],
  ['the count is rounded up to two', 15_000_000, 10_000_000, 2, countMessage],
  ['one 10 MB chunk for a 15 MB file', 15_000_000, 10_000_000, 1, chunkSizeMessage],
  ['one 64 MB chunk for 66.3 MB', 66_259_900, 64_000_000, 1, chunkSizeMessage],
  ['one 64 MB chunk for 94 MB', 94_000_000, 64_000_000, 1, chunkSizeMessage],
  ['one chunk of 121 MB', 121_000_000, 121_000_000, 1, chunkSizeMessage],
  ['one chunk a byte over 64 MiB', 67_108_865, 67_108_865, 1, chunkSizeMessage],
  ['two chunks over 64 MiB', 134_217_730, 67_108_865, 2, chunkSizeMessage],
  ['chunks a byte under 5 MB', 50_000_000, 4_999_999, 10, chunkSizeMessage],
  ['a video under 5 MB in two chunks', 4_000_000, 2_000_000, 2, chunkSizeMessage],
  ['a chunk larger than the video', 3_000_000, 10_000_000, 1, chunkSizeMessage],
  ['no chunk at all', 50_000_000, 10_000_000, 0, countMessage],
  ['a fraction of a chunk', 50_000_000, 10_000_000, 4.5, countMessage],
  ['a chunk of no bytes', 50_000_000, 0, 1, chunkSizeMessage],
  ['a negative chunk', 50_000_000, -10_000_000, 5, chunkSizeMessage],
])('%s: refused', (_mistake, size, chunk, count, message) => {
  expect(findChunkPlanFault(plan(size, chunk, count), refuse)).toMatchObject({
    code: 'invalid_params',
    message,
  });
});

test.each([
  ['an empty video', 0],
  ['a negative size', -1],
  ['half a byte', 1.5],
  ['a byte over 4 GiB', 2 ** 32 + 1],
])('%s is refused by its size', (_name, size) => {
  expect(findChunkPlanFault(plan(size, 10_000_000, 1), refuse)).toMatchObject({
    code: 'invalid_param',
    rule: 'chunks.video_size',
  });
});

test('the switch takes one chunk as TikTok did until August 2026, and one of any size', () => {
  expect(findChunkPlanFault(plan(94_000_000, 64_000_000, 1), accept)).toBeUndefined();
  expect(findChunkPlanFault(plan(15_000_000, 10_000_000, 1), accept)).toBeUndefined();
  expect(findChunkPlanFault(plan(25_000_000, 10_000_000, 1), accept)?.message).toBe(countMessage);
  expect(findChunkPlanFault(plan(3_000_000, 10_000_000, 1), accept)?.message).toBe(
    chunkSizeMessage,
  );
  expect(findChunkPlanFault(plan(4_000_000_000, 4_000_000_000, 1), accept)).toBeUndefined();
  expect(findChunkPlanFault(plan(200_000_000, 100_000_000, 2), accept)?.message).toBe(
    chunkSizeMessage,
  );
  expect(findChunkPlanFault(plan(6_000_000, 4_000_000, 1), accept)?.message).toBe(chunkSizeMessage);
});

describe('for every size', () => {
  const size = fc.integer({ min: 5_000_000, max: 4_000_000_000 });
  const chunk = fc.integer({ min: 5_000_000, max: 64_000_000 });

  test('chunks between 5 and 64 MB with the floored count are accepted unless there is only one', () => {
    fc.assert(
      fc.property(size, chunk, (videoSize, chunkSize) => {
        const count = Math.floor(videoSize / chunkSize);
        fc.pre(count >= 2);
        expect(findChunkPlanFault(plan(videoSize, chunkSize, count), refuse)).toBeUndefined();
      }),
    );
  });

  test('any other count is refused', () => {
    const offset = fc.integer({ min: -5, max: 5 }).filter((value) => value !== 0);
    fc.assert(
      fc.property(size, chunk, offset, (videoSize, chunkSize, delta) => {
        const count = Math.floor(videoSize / chunkSize) + delta;
        expect(findChunkPlanFault(plan(videoSize, chunkSize, count), refuse)).toBeDefined();
      }),
    );
  });

  test('the chunks of an accepted plan cover the file without gap or overlap, and end within 128 MiB', () => {
    fc.assert(
      fc.property(size, chunk, (videoSize, chunkSize) => {
        const whole = plan(videoSize, chunkSize, Math.floor(videoSize / chunkSize));
        fc.pre(findChunkPlanFault(whole, refuse) === undefined);
        let next = 0;
        for (let index = 0; index < whole.totalChunkCount; index += 1) {
          const [first, last] = toChunkRange(whole, index);
          expect(first).toBe(next);
          expect(last - first + 1).toBeLessThan(2 ** 27);
          next = last + 1;
        }
        expect(next).toBe(videoSize);
      }),
    );
  });
});
