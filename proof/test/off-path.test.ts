import { expect, test } from 'vitest';
import { findOffPath, OFF_PATH } from '../crash/off-path.ts';
import { listAwaitSites } from '../crash/publish-path.ts';

const used = new Set(listAwaitSites().map(findOffPath));

test.each(OFF_PATH)('$where $within $line still waits somewhere', (entry) => {
  expect(used).toContain(entry);
});
