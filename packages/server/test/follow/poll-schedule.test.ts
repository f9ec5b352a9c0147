import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Pace, planPoll } from '../../src/publishing/follow/poll-schedule.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The moments, in milliseconds of a post's age, at which it is looked after until an age. */
function pollsUntil(pace: Pace, untilMs: number, random: () => number = () => 0.5): number[] {
  const moments: number[] = [];
  for (let ageMs = SECOND; ageMs <= untilMs; ) {
    moments.push(ageMs);
    const pauseMs = planPoll(pace, ageMs, random);
    if (pauseMs === null) break;
    ageMs += pauseMs;
  }
  return moments;
}

test('a post is looked after every 5 s at the latest while it is fresh', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 * MINUTE - 1 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (age, random) => {
        const pauseMs = planPoll('processing', age, () => random);
        expect(pauseMs).toBeLessThan(5 * SECOND);
        expect(pauseMs).toBeGreaterThan(SECOND);
      },
    ),
  );
});

test.each([
  { name: 'a minute', untilMs: MINUTE, polls: 20 },
  { name: 'an hour', untilMs: HOUR, polls: 50 },
  { name: 'a day', untilMs: DAY, polls: 65 },
  { name: 'a year', untilMs: 365 * DAY, polls: 65 + 4 * 366 },
])('in $name at most $polls polls', ({ untilMs, polls }) => {
  expect(pollsUntil('processing', untilMs).length).toBeLessThanOrEqual(polls);
});

test('a post in processing is never given up', () => {
  expect(planPoll('processing', 1000 * DAY, () => 0)).not.toBeNull();
  expect(planPoll('reconnect', 1000 * DAY, () => 0)).not.toBeNull();
});

test('what may never come is waited for by events alone in the end', () => {
  for (const pace of ['public_id', 'creator', 'unknown'] as const) {
    expect(planPoll(pace, DAY, () => 0)).not.toBeNull();
    expect(planPoll(pace, 31 * DAY, () => 0)).toBeNull();
  }
});

test('pauses grow with age and stay within their bounds', () => {
  const paces = fc.constantFrom<Pace>('processing', 'public_id', 'creator', 'unknown', 'reconnect');
  const age = fc.integer({ min: 0, max: 30 * DAY });
  fc.assert(
    fc.property(paces, age, age, (pace, one, two) => {
      const [younger = 0, older = 0] = [one, two].sort((a, b) => a - b);
      const before = planPoll(pace, younger, () => 0.5) ?? Number.POSITIVE_INFINITY;
      const after = planPoll(pace, older, () => 0.5) ?? Number.POSITIVE_INFINITY;
      expect(after).toBeGreaterThanOrEqual(before);
      expect(before).toBeGreaterThanOrEqual(SECOND);
    }),
  );
});
