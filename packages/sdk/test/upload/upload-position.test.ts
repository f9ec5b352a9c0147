import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_VIDEO_SIZE, planUploads } from '../../src/upload/chunk-plan.ts';
import { findPosition, readProgress } from '../../src/upload/upload-position.ts';

const plans = fc
  .integer({ min: 2, max: MAX_VIDEO_SIZE })
  .chain((size) => fc.constantFrom(...planUploads(size)));

/** A plan and the end of one of its chunks; 0 is where the first one begins. */
const standing = plans.chain((plan) =>
  fc.integer({ min: 0, max: plan.total_chunk_count }).map((chunks) => ({
    plan,
    end: chunks === plan.total_chunk_count ? plan.video_size : chunks * plan.chunk_size,
  })),
);

test('the end of every chunk is found, stated as a count or as the last index', () => {
  fc.assert(
    fc.property(standing, ({ plan, end }) => {
      expect(findPosition(plan, end)).toBe(end);
      if (end > 0) expect(findPosition(plan, end - 1)).toBe(end);
    }),
  );
});

test('nothing is found within a chunk', () => {
  fc.assert(
    fc.property(standing, fc.integer({ min: 1, max: 1_000_000 }), ({ plan, end }, beyond) => {
      fc.pre(beyond + 1 < Math.min(plan.chunk_size, plan.video_size - end));
      expect(findPosition(plan, end + beyond)).toBeUndefined();
    }),
  );
});

test('of a single byte it is not known whether it has arrived', () => {
  const [plan] = planUploads(1);
  expect(findPosition(plan, 0)).toBeUndefined();
  expect(findPosition(plan, 1)).toBe(1);
});

test.each([
  { header: 'bytes 0-9999999/50000123', middle: 9_999_999, total: 50_000_123 },
  { header: 'bytes 0-10000000/50000123', middle: 10_000_000, total: 50_000_123 },
  { header: 'Bytes 0-0/1', middle: 0, total: 1 },
  { header: 'bytes 10000000-19999999/50000123', middle: 19_999_999, total: 50_000_123 },
  { header: 'bytes 0-5/*', middle: 5, total: Number.NaN },
])('reads "$header"', ({ header, middle, total }) => {
  expect(readProgress(header)).toEqual({ middle, total });
});

test.each([null, '', 'bytes */50000123', 'bytes 0-5', '0-5/9', 'bytes 0--5/9', 'items 0-5/9'])(
  'reads nothing from %j',
  (header) => {
    expect(readProgress(header)).toBeUndefined();
  },
);
