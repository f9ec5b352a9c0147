import { afterEach, expect, test, vi } from 'vitest';
import { createLog } from '../../src/logging/log.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { type Sweep, Sweeper } from '../../src/runtime/sweeper.ts';

const sweepers: Sweeper[] = [];
afterEach(async () => {
  await Promise.all(sweepers.splice(0).map((sweeper) => sweeper.close()));
});

function start(sweep: Partial<Sweep> & Pick<Sweep, 'run'>) {
  const metrics = createMetrics();
  const sweeper = new Sweeper(
    { name: 'test', intervalMs: 60_000, ...sweep },
    { log: createLog({ level: 'silent' }), metrics, random: () => 0.5 },
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
  });
  expect(most).toBe(1);
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

test('pauses grow with failures', async () => {
  const begun: number[] = [];
  start({
    intervalMs: 20,
    run: async () => {
      begun.push(performance.now());
      throw new Error('still no database');
    },
  });
  await expect.poll(() => begun.length, { timeout: 5000 }).toBe(4);
  const [a = 0, b = 0, c = 0, d = 0] = begun;
  expect(c - b).toBeGreaterThan((b - a) * 1.4);
  expect(d - c).toBeGreaterThan((c - b) * 1.4);
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
