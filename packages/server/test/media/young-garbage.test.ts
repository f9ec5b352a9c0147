import { expect, test } from 'vitest';
import { YoungGarbage } from '../../src/media/upload/young-garbage.ts';

test('pieces are collected after every 16 MB of them', () => {
  let times = 0;
  const garbage = new YoungGarbage(() => {
    times += 1;
  });
  for (let piece = 0; piece < 500; piece += 1) garbage.add(65_536);
  expect(times).toBe(2);
});

test('the collector of V8 frees what nobody holds', async () => {
  const garbage = new YoungGarbage();
  const before = process.memoryUsage().arrayBuffers;
  for (let piece = 0; piece < 2000; piece += 1) {
    new Uint8Array(65_536).fill(1);
    garbage.add(65_536);
  }
  // 131 MB were made.
  await expect.poll(() => process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000);
});
