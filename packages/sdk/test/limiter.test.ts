import {
  type RateLimitedEndpoint,
  type Sleep,
  SlidingWindowLimiter,
  TIKTOK_RATE_LIMITS,
} from '@greenroom/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualTime } from './support/virtual-time.ts';

const START = Date.parse('2026-11-20T12:00:00Z');

function start(limits?: Partial<Record<RateLimitedEndpoint, number>>) {
  const time = new VirtualTime(START);
  const { clock, sleep } = time;
  return { time, limiter: new SlidingWindowLimiter({ limits, clock, sleep }) };
}

test("TikTok's limits are the default", () => {
  expect(TIKTOK_RATE_LIMITS).toMatchObject({
    'video/init': 6,
    'inbox/video/init': 6,
    'content/init': 6,
    'creator_info/query': 20,
    'status/fetch': 30,
    'user/info': 600,
    'video/list': 600,
    'video/query': 600,
  });
});

test('no minute ever sees more calls than the limit, however they come', async () => {
  const calls = fc.array(
    fc.record({ pauseMs: fc.nat({ max: 40_000 }), burst: fc.integer({ min: 1, max: 15 }) }),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(calls, fc.integer({ min: 1, max: 7 }), async (rounds, limit) => {
      const { time, limiter } = start({ 'video/init': limit });
      const granted: number[] = [];
      const pending: Promise<void>[] = [];
      for (const { pauseMs, burst } of rounds) {
        await time.advance(pauseMs);
        for (let i = 0; i < burst; i += 1) {
          const slot = limiter.acquire({ key: 'a', endpoint: 'video/init' });
          pending.push(slot.then(() => void granted.push(time.now)));
        }
        await time.settle();
      }
      await time.runUntil(Promise.all(pending));
      expect(granted).toHaveLength(pending.length);
      granted.forEach((instant, i) => {
        const next = granted[i + limit];
        if (next !== undefined) expect(next - instant).toBeGreaterThanOrEqual(61_000);
      });
    }),
    { numRuns: 100 },
  );
});

test('calls are let through in the order in which they came', async () => {
  const { time, limiter } = start({ 'video/init': 2 });
  const order: number[] = [];
  const pending = Array.from({ length: 9 }, (_, i) =>
    limiter.acquire({ key: 'a', endpoint: 'video/init' }).then(() => order.push(i)),
  );
  await time.runUntil(Promise.all(pending));
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(time.now - START).toBe(4 * 61_000);
});

test('keys and endpoints do not wait for each other', async () => {
  const { time, limiter } = start();
  const slots = ['a', 'b'].flatMap((key) =>
    (['video/init', 'content/init', 'inbox/video/init'] as const).flatMap((endpoint) =>
      Array.from({ length: 6 }, () => limiter.acquire({ key, endpoint })),
    ),
  );
  await Promise.all(slots);
  expect(time.now).toBe(START);
});

test('the state shows what is used, who waits and when a slot is free', async () => {
  const { time, limiter } = start();
  expect(limiter.state()).toEqual([]);
  const take = () => limiter.acquire({ key: 'a', endpoint: 'video/init' });
  await Promise.all([take(), take(), take(), take(), take()]);
  const shown = { key: 'a', endpoint: 'video/init', limit: 6 };
  expect(limiter.state()).toEqual([{ ...shown, used: 5, waiting: 0, freeAt: undefined }]);
  await time.advance(1_000);
  await take();
  const waits = take();
  expect(limiter.state()).toEqual([
    { ...shown, used: 6, waiting: 1, freeAt: new Date(START + 61_000) },
  ]);
  await time.runUntil(waits);
  expect(limiter.state()).toEqual([{ ...shown, used: 2, waiting: 0, freeAt: undefined }]);
  await time.advance(61_001);
  expect(limiter.state()).toEqual([]);
});

describe('who gives up', () => {
  test('leaves the queue at once and takes no slot', async () => {
    const { time, limiter } = start({ 'video/init': 1 });
    await limiter.acquire({ key: 'a', endpoint: 'video/init' });
    const abort = new AbortController();
    const { signal } = abort;
    const first = limiter.acquire({ key: 'a', endpoint: 'video/init', signal });
    const second = limiter.acquire({ key: 'a', endpoint: 'video/init' });
    abort.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await time.runUntil(second);
    expect(time.now - START).toBe(61_000);
  });

  test('leaves no timer behind when nobody else waits', async () => {
    const { time, limiter } = start({ 'video/init': 1 });
    await limiter.acquire({ key: 'a', endpoint: 'video/init' });
    const abort = new AbortController();
    const { signal } = abort;
    const waits = limiter.acquire({ key: 'a', endpoint: 'video/init', signal });
    await time.settle();
    expect(time.sleepers).toBe(1);
    abort.abort();
    await expect(waits).rejects.toThrow();
    await time.settle();
    expect(time.sleepers).toBe(0);
    expect(limiter.state()).toMatchObject([{ used: 1, waiting: 0 }]);
  });

  test('before asking is refused', async () => {
    const { limiter } = start();
    const signal = AbortSignal.abort(new Error('before'));
    const slot = limiter.acquire({ key: 'a', endpoint: 'video/init', signal });
    await expect(slot).rejects.toThrow('before');
    expect(limiter.state()).toEqual([]);
  });
});

test('a clock that is set back does not lock the limiter', async () => {
  const { time, limiter } = start({ 'video/init': 1 });
  await limiter.acquire({ key: 'a', endpoint: 'video/init' });
  time.now -= 3_600_000;
  const waits = limiter.acquire({ key: 'a', endpoint: 'video/init' });
  await time.runUntil(waits);
  expect(time.now).toBe(START - 3_600_000 + 61_000);
});

test('a sleep that breaks fails who waits instead of spinning', async () => {
  const sleep = () => Promise.reject(new Error('no timers'));
  const limiter = new SlidingWindowLimiter({ limits: { 'video/init': 1 }, sleep });
  await limiter.acquire({ key: 'a', endpoint: 'video/init' });
  await expect(limiter.acquire({ key: 'a', endpoint: 'video/init' })).rejects.toThrow('no timers');
});

test('a sleep that takes no time, beside a clock that does not know of it, lets everyone through', async () => {
  // As a test of the caller's would replace it: no timer ever gets its turn while this spins.
  const inNoTime: Sleep = async (_ms, signal) => signal?.throwIfAborted();
  const frozen = new Date(START);
  let looks = 0;
  const clock = () => {
    looks += 1;
    if (looks > 1_000) throw new Error('the limiter spins');
    return frozen;
  };
  const limiter = new SlidingWindowLimiter({ limits: { 'video/init': 2 }, clock, sleep: inNoTime });
  for (let i = 0; i < 20; i += 1) await limiter.acquire({ key: 'a', endpoint: 'video/init' });
  expect(limiter.state()).toMatchObject([{ limit: 2, used: 2, waiting: 0 }]);
});

test('a new key costs no look at all the others', async () => {
  const time = new VirtualTime(START);
  let looks = 0;
  const clock = () => {
    looks += 1;
    return time.clock();
  };
  const limiter = new SlidingWindowLimiter({ clock, sleep: time.sleep });
  for (let i = 0; i < 2_000; i += 1) {
    await limiter.acquire({ key: `account ${i}`, endpoint: 'video/init' });
  }
  expect(looks).toBeLessThan(10 * 2_000);
});

test('keys are forgotten without anyone asking for the state', async () => {
  const time = new VirtualTime(START);
  let looks = 0;
  const clock = () => {
    looks += 1;
    return time.clock();
  };
  const limiter = new SlidingWindowLimiter({ clock, sleep: time.sleep });
  for (let i = 0; i < 2_000; i += 1) {
    await limiter.acquire({ key: `account ${i}`, endpoint: 'status/fetch' });
    await time.advance(1_000);
  }
  // The state looks at every key that is kept: those of two windows at most.
  looks = 0;
  limiter.state();
  expect(looks).toBeLessThan(500);
});

test('keys that are no longer used are forgotten', async () => {
  const { time, limiter } = start();
  for (let i = 0; i < 500; i += 1) {
    await limiter.acquire({ key: `account ${i}`, endpoint: 'status/fetch' });
    await time.advance(1_000);
  }
  expect(limiter.state().length).toBeLessThan(65);
});

test('a limit of nothing is refused', () => {
  expect(() => new SlidingWindowLimiter({ limits: { cancel: 0 } })).toThrow(RangeError);
});
