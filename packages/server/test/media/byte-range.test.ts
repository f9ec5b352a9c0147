import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRange } from '../../src/media/serving/byte-range.ts';

const ETAG = '"abc"';

test('whatever is asked for, what is given lies in the file and is not empty', () => {
  const number = fc.option(fc.nat(2_000), { nil: '' });
  const header = fc.oneof(
    fc.tuple(number, number).map(([from, to]) => `bytes=${from}-${to}`),
    fc.string(),
  );
  fc.assert(
    fc.property(header, fc.integer({ min: 1, max: 1000 }), (range, size) => {
      const answer = readRange({ range }, size, ETAG);
      if (answer.status === 416) return;
      const { first, last } = answer.range;
      expect(first).toBeGreaterThanOrEqual(0);
      expect(first).toBeLessThanOrEqual(last);
      expect(last).toBeLessThan(size);
      if (answer.status === 200) expect([first, last]).toEqual([0, size - 1]);
    }),
  );
});

test('a range within the file is given as it is', () => {
  const ends = fc.tuple(fc.nat(999), fc.nat(999)).map((pair) => pair.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(ends, ([first = 0, last = 0]) => {
      const answer = readRange({ range: `bytes=${first}-${last}` }, 1000, ETAG);
      expect(answer).toEqual({ status: 206, range: { first, last } });
    }),
  );
});

test('digits without end are no trouble', () => {
  const range = `bytes=${'9'.repeat(400)}-`;
  expect(readRange({ range }, 1000, ETAG)).toEqual({ status: 416 });
});
