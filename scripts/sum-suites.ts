/**
 * Adds up what the suites of a CI run wrote to `.ci/out` and prints `N passed, N failed` (and `, N skipped`) as
 * the last line. Exits 1 when a suite wrote nothing, or when a test failed or was skipped.
 */
import { readFileSync } from 'node:fs';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const suites: readonly [name: string, read: (report: unknown) => Counts][] = [
  ['unit', readVitest],
  ['system', readVitest],
  ['browser', readPlaywright],
];

const counts = suites.map(([name, read]) => {
  try {
    const one = read(JSON.parse(readFileSync(`.ci/out/${name}.json`, 'utf8')));
    process.stderr.write(`${name}: ${JSON.stringify(one)}\n`);
    return one;
  } catch (error) {
    process.stderr.write(`${name}: no readable report (${String(error)}); counted as a failure\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
});
const passed = counts.reduce((sum, one) => sum + one.passed, 0);
const failed = counts.reduce((sum, one) => sum + one.failed, 0);
const skipped = counts.reduce((sum, one) => sum + one.skipped, 0);
process.stdout.write(
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exitCode = failed > 0 || skipped > 0 || passed === 0 ? 1 : 0;

function readVitest(report: unknown): Counts {
  return {
    passed: count(report, 'numPassedTests'),
    // A file that cannot be loaded fails its suite without a failed test.
    failed: Math.max(
      count(report, 'numFailedTests'),
      count(report, 'numFailedTestSuites') > 0 ? 1 : 0,
    ),
    skipped: count(report, 'numPendingTests') + count(report, 'numTodoTests'),
  };
}

function readPlaywright(report: unknown): Counts {
  const stats = isRecord(report) ? report['stats'] : undefined;
  return {
    passed: count(stats, 'expected'),
    failed: count(stats, 'unexpected') + count(stats, 'flaky'),
    skipped: count(stats, 'skipped'),
  };
}

function count(report: unknown, key: string): number {
  const value = isRecord(report) ? report[key] : undefined;
  if (typeof value !== 'number') throw new TypeError(`the report has no number ${key}`);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
