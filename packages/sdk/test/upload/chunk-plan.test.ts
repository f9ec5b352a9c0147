import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChunkPlan,
  chunkRange,
  MAX_VIDEO_SIZE,
  planUploads,
} from '../../src/upload/chunk-plan.ts';

const MEDIA_TRANSFER_GUIDE =
  'https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide';

const READINGS = [
  { reading: 'decimal', mb: 1e6 },
  { reading: 'binary', mb: 2 ** 20 },
];

/** The rules of reference 5.1 (and 5.5.5), written down again and independently of the planner. */
function brokenRules(plan: ChunkPlan, mb: number): string[] {
  const { video_size: size, chunk_size: chunk, total_chunk_count: count } = plan;
  const lengths = Array.from({ length: Math.min(count, 1001) }, (_, index) => {
    const { first, last } = chunkRange(plan, index * chunk);
    return last - first + 1;
  });
  const last = lengths.at(-1) ?? 0;
  const rules: Record<string, boolean> = {
    'whole numbers above 0': [size, chunk, count].every((n) => Number.isInteger(n) && n > 0),
    'count is size / chunk, rounded down': count === Math.floor(size / chunk),
    'count 1 to 1000': count >= 1 && count <= 1000,
    'chunks add up to the video': lengths.reduce((sum, length) => sum + length, 0) === size,
    'all but the last are chunk_size': lengths.slice(0, -1).every((length) => length === chunk),
    'all but the last are 5 to 64 MB': count === 1 || (chunk >= 5 * mb && chunk <= 64 * mb),
    'the last is at most 128 MB': last <= 128 * mb,
    'the last is at least chunk_size': last >= chunk,
    'under 5 MB in one piece': size >= 5 * mb || (count === 1 && chunk === size),
    'over 64 MB in several': size <= 64 * mb || count > 1,
    'one chunk is the whole video': count !== 1 || chunk === size,
    'one chunk is at most 64 MB': count !== 1 || chunk <= 64 * mb,
    'at most 4 GB': size <= 4000 * mb,
  };
  return Object.entries(rules)
    .filter(([, isKept]) => !isKept)
    .map(([rule]) => rule);
}

/** Sizes all over the range, and thickly around every number that a rule mentions. */
const sizes = fc.oneof(
  fc.integer({ min: 1, max: MAX_VIDEO_SIZE }),
  fc.integer({ min: 1, max: 150_000_000 }),
  fc
    .tuple(
      fc.constantFrom(5e6, 5 * 2 ** 20, 10e6, 20e6, 64e6, 64 * 2 ** 20, 128e6, 128 * 2 ** 20),
      fc.integer({ min: 1, max: 62 }),
      fc.integer({ min: -70, max: 70 }),
    )
    .map(([base, factor, offset]) => Math.min(MAX_VIDEO_SIZE, base * factor + offset)),
);

const BOUNDARIES = [
  1, 2, 4_194_304, 4_999_999, 5_000_000, 5_000_001, 5_242_879, 5_242_880, 5_242_881, 9_999_999,
  10_000_000, 10_000_001, 19_999_999, 20_000_000, 20_000_001, 63_999_999, 64_000_000, 64_000_001,
  66_259_900, 67_108_863, 67_108_864, 67_108_865, 127_999_999, 128_000_000, 128_000_001,
  134_217_728, 158_008_374, 3_999_999_999, 4_000_000_000,
];

describe.each(READINGS)('with $reading megabytes', ({ mb }) => {
  test('every plan of every ladder keeps every rule', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        for (const plan of planUploads(size)) expect(brokenRules(plan, mb)).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });

  test.each(BOUNDARIES)('every plan of %i bytes keeps every rule', (size) => {
    for (const plan of planUploads(size)) {
      expect(brokenRules(plan, mb)).toEqual([]);
      expect(plan.video_size).toBe(size);
    }
  });
});

test('a ladder is never empty and has no plan twice', () => {
  fc.assert(
    fc.property(sizes, (size) => {
      const chunks = planUploads(size).map((plan) => plan.chunk_size);
      expect(chunks.length).toBeGreaterThanOrEqual(1);
      expect(new Set(chunks).size).toBe(chunks.length);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  { size: 1, ladder: [[1, 1]] },
  { size: 4_999_999, ladder: [[4_999_999, 1]] },
  { size: 5_000_000, ladder: [[5_000_000, 1]] },
  { size: 5_242_879, ladder: [[5_242_879, 1]] },
  // One chunk of 10,000,000 would be smaller than these videos: left out.
  { size: 10_000_000, ladder: [[10_000_000, 1]] },
  { size: 10_000_001, ladder: [[10_000_001, 1]] },
  { size: 19_999_999, ladder: [[19_999_999, 1]] },
  {
    size: 20_000_000,
    ladder: [
      [20_000_000, 1],
      [10_000_000, 2],
    ],
  },
  {
    size: 64_000_000,
    ladder: [
      [64_000_000, 1],
      [10_000_000, 6],
    ],
  },
  {
    size: 64_000_001,
    ladder: [
      [32_000_000, 2],
      [10_000_000, 6],
    ],
  },
  {
    size: 67_108_864,
    ladder: [
      [33_554_432, 2],
      [10_000_000, 6],
    ],
  },
  {
    size: 128_000_000,
    ladder: [
      [64_000_000, 2],
      [10_000_000, 12],
    ],
  },
  {
    size: 128_000_001,
    ladder: [
      [42_666_667, 3],
      [10_000_000, 12],
    ],
  },
  {
    size: 4_000_000_000,
    ladder: [
      [63_492_063, 63],
      [10_000_000, 400],
    ],
  },
])('plans $size bytes as $ladder', ({ size, ladder }) => {
  const plans = planUploads(size).map((plan) => [plan.chunk_size, plan.total_chunk_count]);
  expect(plans).toEqual(ladder);
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_VIDEO_SIZE + 1, 2 ** 53])(
  'refuses a video of %d bytes before any request',
  (size) => {
    expect(() => planUploads(size)).toThrow(
      expect.objectContaining({
        name: 'TikTokValidationError',
        code: expect.stringMatching(/^video_/),
      }),
    );
  },
);

describe('worked examples', () => {
  test(`50,000,123 bytes in chunks of 10,000,000, as on ${MEDIA_TRANSFER_GUIDE}`, () => {
    const plan = { video_size: 50_000_123, chunk_size: 10_000_000, total_chunk_count: 5 };
    expect(planUploads(50_000_123)).toContainEqual(plan);
    expect(contentRanges(plan)).toEqual([
      'bytes 0-9999999/50000123',
      'bytes 10000000-19999999/50000123',
      'bytes 20000000-29999999/50000123',
      'bytes 30000000-39999999/50000123',
      'bytes 40000000-50000122/50000123',
    ]);
  });

  test(`4,194,304 bytes in one chunk, as on ${MEDIA_TRANSFER_GUIDE}`, () => {
    const plan = { video_size: 4_194_304, chunk_size: 4_194_304, total_chunk_count: 1 };
    expect(planUploads(4_194_304)).toEqual([plan]);
    expect(contentRanges(plan)).toEqual(['bytes 0-4194303/4194304']);
  });

  // Computed (reference, 5.5.3): ours, not TikTok's, but consistent with all reports.
  test.each([
    { size: 1, chunk: 1, count: 1, last: 'bytes 0-0/1' },
    { size: 5_000_000, chunk: 5_000_000, count: 1, last: 'bytes 0-4999999/5000000' },
    { size: 64_000_000, chunk: 64_000_000, count: 1, last: 'bytes 0-63999999/64000000' },
    { size: 64_000_001, chunk: 10_000_000, count: 6, last: 'bytes 50000000-64000000/64000001' },
    { size: 66_259_900, chunk: 10_000_000, count: 6, last: 'bytes 50000000-66259899/66259900' },
    {
      size: 150_000_000,
      chunk: 10_000_000,
      count: 15,
      last: 'bytes 140000000-149999999/150000000',
    },
    {
      size: 4_000_000_000,
      chunk: 10_000_000,
      count: 400,
      last: 'bytes 3990000000-3999999999/4000000000',
    },
  ])('$size bytes in chunks of $chunk (computed, reference 5.5.3)', (row) => {
    const plan = { video_size: row.size, chunk_size: row.chunk, total_chunk_count: row.count };
    expect(planUploads(row.size)).toContainEqual(plan);
    expect(contentRanges(plan).at(-1)).toBe(row.last);
  });

  // DayMoonDevelopment/post-for-me#327, andreaolivato/TikTok-LoginKit-PHP#11, simstudioai/sim#5568
  test.each([
    { mistake: 'a rounded-up count', plan: [25_000_000, 10_000_000, 3] },
    { mistake: 'one chunk smaller than the video', plan: [15_000_000, 10_000_000, 1] },
    { mistake: 'one chunk of 64 MB for 66.3 MB', plan: [66_259_900, 64_000_000, 1] },
    { mistake: 'one chunk above 64 MB', plan: [94_000_000, 94_000_000, 1] },
  ])('$mistake is refused, as TikTok refuses it (reference, 5.5.4)', ({ plan }) => {
    const [video_size = 0, chunk_size = 0, total_chunk_count = 0] = plan;
    const plans = READINGS.map(({ mb }) =>
      brokenRules({ video_size, chunk_size, total_chunk_count }, mb),
    );
    for (const broken of plans) expect(broken).not.toEqual([]);
  });
});

test('the rest of a chunk goes from any byte to its end', () => {
  const plan = { video_size: 25_000_000, chunk_size: 10_000_000, total_chunk_count: 2 };
  expect(chunkRange(plan, 3)).toEqual({ first: 3, last: 9_999_999 });
  expect(chunkRange(plan, 10_000_000)).toEqual({ first: 10_000_000, last: 24_999_999 });
  expect(chunkRange(plan, 24_000_000)).toEqual({ first: 24_000_000, last: 24_999_999 });
});

function contentRanges(plan: ChunkPlan): string[] {
  return Array.from({ length: plan.total_chunk_count }, (_, index) => {
    const { first, last } = chunkRange(plan, index * plan.chunk_size);
    return `bytes ${first}-${last}/${plan.video_size}`;
  });
}
