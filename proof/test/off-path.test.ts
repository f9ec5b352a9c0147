import { expect, test } from 'vitest';
import { OFF_PATH } from '../crash/off-path.ts';
import { listAwaitSites } from '../crash/publish-path.ts';

const sites = listAwaitSites();

test.each(OFF_PATH)('$where $within still waits somewhere', ({ where, within }) => {
  const there = sites.filter(
    ({ file, within: name }) =>
      (where.endsWith('/') ? file.startsWith(where) : file === where) &&
      (within === undefined || within === name),
  );
  expect(there).not.toEqual([]);
});
