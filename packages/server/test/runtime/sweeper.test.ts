import { afterEach, expect, test, vi } from 'vitest';
import { DatabaseUnavailableError } from '../../src/db/errors.ts';
import { createLog } from '../../src/logging/log.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { type Sweep, Sweeper, type SweeperOptions } from '../../src/runtime/sweeper.ts';

const sweepers: Sweeper[] = [];
afterEach(async () => {
  await Promise.all(sweepers.splice(0).map((sweeper) => sweeper.close()));
});

function start(sweep: Partial<Sweep> & Pick<Sweep, 'run'>, options: Partial<SweeperOptions> = {}) {
  const metrics = createMetrics();
  const sweeper = new Sweeper(
    { name: 'test', intervalMs: 60_000, ...sweep },
    { log: createLog({ level: 'silent' }), metrics, random: () => 0.5, ...options },
  );
  sweepers.push(sweeper);
  sweeper.start();
  return { sweeper, metrics };
}

test('a round begins at once, and again without a pause as long as more is due', async () => {
  let rounds = 0;
  start({
    run: async () => {
      rounds += 1;
      return rounds < 5;
    },
  });
  await expect.poll(() => rounds).toBe(5);
});

test('rounds never overlap, however often it is woken', async () => {
  let running = 0;
  let most = 0;
  let rounds = 0;
  const { sweeper } = start({
    run: async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      rounds += 1;
      return false;
    },
  });
  await vi.waitFor(() => {
    sweeper.wake();
    expect(rounds).toBeGreaterThan(4);
  }, 10_000);
  expect(most).toBe(1);
});

test('one that is woken in the middle of a round goes round once more: it may have looked already', async () => {
  const rounds: PromiseWithResolvers<boolean>[] = [];
  const { sweeper } = start({
    run: () => {
      const round = Promise.withResolvers<boolean>();
      rounds.push(round);
      return round.promise;
    },
  });
  sweeper.wake();
  rounds[0]?.resolve(false);
  await expect.poll(() => rounds.length).toBe(2);
  rounds[1]?.resolve(false);
});

test('a failing round is counted, told in the state, and forgotten when one comes through', async () => {
  let isBroken = true;
  const { sweeper, metrics } = start({
    intervalMs: 5,
    run: async () => {
      if (isBroken) throw new Error('no database');
      return false;
    },
  });
  await expect.poll(() => sweeper.state.lastError).toBe('no database');
  isBroken = false;
  await expect.poll(() => sweeper.state.lastError).toBeUndefined();
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/greenroom_sweeps_total\{sweep="test",outcome="failed"\} [1-9]/);
  expect(text).toMatch(/greenroom_sweeps_total\{sweep="test",outcome="done"\} [1-9]/);
});

test('a database that is away is looked for every two seconds, however long it was', async () => {
  const pauses: number[] = [];
  start(
    {
      intervalMs: 250,
      run: () => Promise.reject(new DatabaseUnavailableError(new Error('away'))),
    },
    {
      sleep: async (ms, signal) => {
        pauses.push(ms);
        if (pauses.length < 12) return;
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    },
  );
  await expect.poll(() => pauses.length).toBe(12);
  expect(pauses.slice(0, 3)).toEqual([500, 1_000, 2_000]);
  expect(Math.max(...pauses)).toBe(2_000);
});

test('pauses double with failures up to five minutes, and are the interval again after a success', async () => {
  const pauses: number[] = [];
  const failing = 8;
  let rounds = 0;
  const { sweeper } = start(
    {
      intervalMs: 5000,
      run: async () => {
        rounds += 1;
        if (rounds <= failing) throw new Error('still no database');
        return false;
      },
    },
    {
      sleep: async (ms) => {
        pauses.push(ms / 1000);
        if (pauses.length > failing) void sweeper.close();
      },
    },
  );
  await expect.poll(() => pauses).toEqual([10, 20, 40, 80, 160, 300, 300, 300, 5]);
});

test('pauses differ by a tenth to either side', async () => {
  const pauses: number[] = [];
  for (const draw of [0, 0.999]) {
    const { sweeper } = start(
      { intervalMs: 1000, run: async () => false },
      {
        random: () => draw,
        sleep: (ms, signal) => {
          pauses.push(Math.round(ms));
          return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
        },
      },
    );
    await expect.poll(() => pauses.length).toBe(draw === 0 ? 1 : 2);
    await sweeper.close();
  }
  expect(pauses).toEqual([900, 1100]);
});

test('a round that hangs counts as stuck, and close aborts and waits for it', async () => {
  let wasAborted = false;
  const { sweeper } = start({
    stuckAfterMs: 20,
    run: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          wasAborted = true;
          resolve(false);
        });
      }),
  });
  expect(sweeper.state.isStuck).toBe(false);
  await expect.poll(() => sweeper.state.isStuck).toBe(true);
  await sweeper.close();
  await sweeper.close();
  expect(wasAborted).toBe(true);
});
