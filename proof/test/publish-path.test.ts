import { expect, test } from 'vitest';
import { BESIDE_THE_PATH, listAwaitSites } from '../crash/publish-path.ts';

const filesOf = (patterns?: readonly string[]) =>
  new Set(listAwaitSites(patterns).map(({ file }) => file));

const onPath = filesOf();
const beside = filesOf(BESIDE_THE_PATH.map(({ pattern }) => pattern));

test('every source of publishing and of the SDK that waits is on the path, or has a reason not to be', () => {
  const all = filesOf(['packages/server/src/publishing/**/*.ts', 'packages/sdk/src/**/*.ts']);
  expect([...all].filter((file) => !onPath.has(file) && !beside.has(file))).toEqual([]);
  expect([...beside].filter((file) => onPath.has(file))).toEqual([]);
});

test.each(BESIDE_THE_PATH)('$pattern still waits somewhere: $reason', ({ pattern }) => {
  expect(filesOf([pattern])).not.toEqual(new Set());
});
