import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planRefreshMs, planRetryMs } from '../../src/accounts/broker/schedule.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('a pair is due by its own lifetime, whatever that is, after 75 to 80 per cent of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 400 * 86_400_000 }), random, (lifetimeMs, drawn) => {
      const dueMs = planRefreshMs(lifetimeMs, () => drawn);
      expect(dueMs).toBeGreaterThanOrEqual(Math.floor(lifetimeMs * 0.75));
      expect(dueMs).toBeLessThanOrEqual(Math.ceil(lifetimeMs * 0.8));
    }),
  );
});

test('a pair that has ended is due at once', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 0 }), random, (lifetimeMs, drawn) => {
      expect(planRefreshMs(lifetimeMs, () => drawn)).toBe(0);
    }),
  );
});

test('accounts connected together do not fall due together', () => {
  expect(planRefreshMs(7_200_000, () => 0)).toBe(5_400_000);
  expect(planRefreshMs(7_200_000, () => 0.999)).toBeGreaterThan(5_700_000);
});

test('a retry waits from half of an exponential delay to the whole, and a quarter of an hour at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), random, (failures, drawn) => {
      const delayMs = planRetryMs(failures, () => drawn);
      const whole = Math.min(900_000, 5_000 * 2 ** (failures - 1));
      expect(delayMs).toBeGreaterThanOrEqual(Math.floor(whole / 2));
      expect(delayMs).toBeLessThanOrEqual(whole);
    }),
  );
});

test('a retry waits at least as long as TikTok asked, and an hour at most for that', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(1e9), random, (failures, asked, drawn) => {
      const delayMs = planRetryMs(failures, () => drawn, asked);
      expect(delayMs).toBeGreaterThanOrEqual(Math.min(asked, 3_600_000));
      expect(delayMs).toBeLessThanOrEqual(Math.max(900_000, Math.min(asked, 3_600_000)));
    }),
  );
});
