import { TIKTOK_RATE_LIMITS } from '@greenroom/sdk';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import {
  callsWithin,
  freeAt,
  isCountedByApp,
  SLOW_CALL_MS,
  WINDOW_MS,
} from '../../src/publishing/limits/rate-window.ts';
import { createTestDatabase } from '../support/test-database.ts';

const LENGTH = 100;

/** How many of the moments lie within the fullest window of this length. */
function fullest(moments: readonly number[], length: number): number {
  const counts = moments.map(
    (end) => moments.filter((moment) => moment > end - length && moment <= end).length,
  );
  return Math.max(0, ...counts);
}

test('whoever calls only when a slot is free never calls too often, and never waits too long', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), pauses, (most, gaps) => {
      let present = 0;
      const calls: number[] = [];
      for (const gap of gaps) {
        present += gap;
        const free = freeAt(callsWithin(calls, present, LENGTH), most, present, LENGTH);
        // A millisecond sooner would be one too many.
        if (free > present) expect(fullest([...calls, free - 1], LENGTH)).toBe(most + 1);
        present = free;
        calls.push(present);
      }
      expect(fullest(calls, LENGTH)).toBeLessThanOrEqual(most);
    }),
  );
});

test('a clock that was set back makes no calls of the future', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 20 }), (calls) => {
      const held = callsWithin(calls, 50, LENGTH);
      expect(freeAt(held, 3, 50, LENGTH)).toBeLessThanOrEqual(50 + LENGTH);
    }),
  );
});

test('SQL and TypeScript see the same calls in a window', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url, maxConnections: 1 });
  const moments = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(moments, fc.integer({ min: 0, max: 400 }), async (taken, present) => {
      const { rows } = await database.pool.query<{ held: Date[] }>(
        `select calls_within($1::timestamptz[], $2, '${LENGTH} milliseconds') as held`,
        [taken.map((moment) => new Date(moment)), new Date(present)],
      );
      const held = rows[0]?.held.map((moment) => moment.getTime());
      expect(held).toEqual(callsWithin(taken, present, LENGTH));
    }),
    { numRuns: 200 },
  );
});

test('our window outlasts a minute by more than a call may be under way unnoticed', () => {
  expect(WINDOW_MS - 60_000).toBeGreaterThan(SLOW_CALL_MS);
});

test('only the limits of the Display API are counted by app', () => {
  const endpoints = Object.keys(TIKTOK_RATE_LIMITS) as (keyof typeof TIKTOK_RATE_LIMITS)[]; // as: keys of a literal
  expect(endpoints.filter(isCountedByApp)).toEqual(['user/info', 'video/list', 'video/query']);
});
