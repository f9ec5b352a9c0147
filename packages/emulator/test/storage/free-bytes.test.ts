import { expect, test } from 'vitest';
import { freeBytes } from '../../src/storage/free-bytes.ts';

test('bytes with memory of their own are freed', () => {
  const bytes = Buffer.allocUnsafeSlow(65_536);
  const { buffer } = bytes;
  freeBytes(bytes);
  expect([bytes.length, buffer.byteLength]).toEqual([0, 0]);
});

test('bytes that share their memory are left alone', () => {
  const whole = Buffer.alloc(10, 'shared');
  const part = whole.subarray(0, 5);
  freeBytes(part);
  expect([whole.toString(), part.toString()]).toEqual(['sharedshar', 'share']);
  const pooled = Buffer.from('from the pool');
  freeBytes(pooled);
  expect(pooled.toString()).toBe('from the pool');
});
