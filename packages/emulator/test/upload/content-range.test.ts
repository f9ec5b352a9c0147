import { expect, test } from 'vitest';
import { findContentRange } from '../../src/upload/content-range.ts';

test('reads first, last and total', () => {
  expect(findContentRange('bytes 40000000-50000122/50000123')).toEqual({
    first: 40_000_000,
    last: 50_000_122,
    total: 50_000_123,
  });
  expect(findContentRange('bytes 0-0/1')).toEqual({ first: 0, last: 0, total: 1 });
});

test.each([
  undefined,
  '',
  'bytes',
  'bytes 0-9',
  'bytes 0-9/*',
  'bytes */10',
  'items 0-9/10',
  'bytes=0-9/10',
  'bytes 9-0/10',
  'bytes 0-10/10',
  'bytes -5-9/10',
  'bytes 0-9/10, 10-19/20',
  'bytes 0x0-0x9/10',
  'bytes 0-9999999999999999/99999999999999999',
])('%j is malformed', (header) => {
  expect(findContentRange(header)).toBeUndefined();
});
