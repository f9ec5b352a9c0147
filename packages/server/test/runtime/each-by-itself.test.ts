import { expect, test } from 'vitest';
import { DatabaseUnavailableError } from '../../src/db/errors.ts';
import { createLog } from '../../src/logging/log.ts';
import { eachByItself } from '../../src/runtime/each-by-itself.ts';

const items = Array.from({ length: 9 }, (_, id) => ({ id }));
const log = createLog({ level: 'silent' });

test.each([1, 4])('one that fails keeps nobody from its turn, with %i at a time', async (lanes) => {
  const done: number[] = [];
  await eachByItself({ log, lanes }, items, async ({ id }) => {
    if (id === 2) throw new Error('this one cannot be done');
    done.push(id);
  });
  expect(done).toEqual([0, 1, 3, 4, 5, 6, 7, 8]);
});

test('a database that is away ends the round, once all that had begun has ended', async () => {
  const ended: number[] = [];
  const round = eachByItself({ log, lanes: 2 }, items, async ({ id }) => {
    if (id === 1) throw new DatabaseUnavailableError(new Error('away'));
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(id);
    throw new DatabaseUnavailableError(new Error('away'));
  });
  await expect(round).rejects.toThrow(DatabaseUnavailableError);
  expect(ended).toEqual([0]);
});

test('what was not begun when the signal aborts is left', async () => {
  const stop = new AbortController();
  const done: number[] = [];
  await eachByItself({ log, signal: stop.signal }, items, async ({ id }) => {
    done.push(id);
    if (id === 3) stop.abort();
  });
  expect(done).toEqual([0, 1, 2, 3]);
});
