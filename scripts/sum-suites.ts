/**
 * Adds up what the suites of a CI run wrote to `.ci/out`, says again what failed (its words stand far above, and
 * some readers of a CI run see its end alone), and prints `N passed, N failed` (and `, N skipped`) as the last
 * line. Exits 1 when a suite wrote nothing, or when a test failed or was skipped.
 */
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
}

interface Failure {
  readonly test: string;
  readonly message: string;
}

/** Lines of one failure's message that are printed: what was expected, what came, and the first calls. */
const LINES_OF_A_FAILURE = 30;

const suites: readonly [name: string, read: (report: unknown) => Outcome][] = [
  ['unit', readVitest],
  ['system', readVitest],
  ['browser', readPlaywright],
];

const outcomes = suites.map(([name, read]) => {
  try {
    const { failures, ...counts } = read(JSON.parse(readFileSync(`.ci/out/${name}.json`, 'utf8')));
    for (const { test, message } of failures) {
      const lines = stripVTControlCharacters(message).split('\n').slice(0, LINES_OF_A_FAILURE);
      process.stderr.write(`\nfailed in ${name}: ${test}\n  ${lines.join('\n  ')}\n`);
    }
    process.stderr.write(`${name}: ${JSON.stringify(counts)}\n`);
    return counts;
  } catch (error) {
    process.stderr.write(`${name}: no readable report (${String(error)}); counted as a failure\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
});
const passed = outcomes.reduce((sum, one) => sum + one.passed, 0);
const failed = outcomes.reduce((sum, one) => sum + one.failed, 0);
const skipped = outcomes.reduce((sum, one) => sum + one.skipped, 0);
process.stdout.write(
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exitCode = failed > 0 || skipped > 0 || passed === 0 ? 1 : 0;

function readVitest(report: unknown): Outcome {
  return {
    passed: count(report, 'numPassedTests'),
    // A file that cannot be loaded fails its suite without a failed test.
    failed: Math.max(
      count(report, 'numFailedTests'),
      count(report, 'numFailedTestSuites') > 0 ? 1 : 0,
    ),
    skipped: count(report, 'numPendingTests') + count(report, 'numTodoTests'),
    failures: list(report, 'testResults').flatMap((file): Failure[] => {
      const tests = list(file, 'assertionResults').filter(
        (one) => text(one, 'status') === 'failed',
      );
      if (tests.length === 0 && text(file, 'status') !== 'failed') return [];
      if (tests.length === 0) return [{ test: text(file, 'name'), message: text(file, 'message') }];
      return tests.map((one) => ({
        test: `${text(file, 'name')}: ${text(one, 'fullName')}`,
        message: list(one, 'failureMessages').map(String).join('\n'),
      }));
    }),
  };
}

function readPlaywright(report: unknown): Outcome {
  const stats = isRecord(report) ? report['stats'] : undefined;
  return {
    passed: count(stats, 'expected'),
    failed: count(stats, 'unexpected') + count(stats, 'flaky'),
    skipped: count(stats, 'skipped'),
    failures: list(report, 'suites').flatMap(failedSpecs),
  };
}

function failedSpecs(suite: unknown): Failure[] {
  const own = list(suite, 'specs')
    .filter((spec) => isRecord(spec) && spec['ok'] !== true)
    .map((spec) => ({
      test: `${text(spec, 'file')}: ${text(spec, 'title')}`,
      message: list(spec, 'tests')
        .flatMap((test) => list(test, 'results'))
        .flatMap((result) => list(result, 'errors'))
        .map((error) => text(error, 'message'))
        .join('\n'),
    }));
  return [...own, ...list(suite, 'suites').flatMap(failedSpecs)];
}

function count(report: unknown, key: string): number {
  const value = isRecord(report) ? report[key] : undefined;
  if (typeof value !== 'number') throw new TypeError(`the report has no number ${key}`);
  return value;
}

function list(report: unknown, key: string): readonly unknown[] {
  const value = isRecord(report) ? report[key] : undefined;
  return Array.isArray(value) ? value : [];
}

function text(report: unknown, key: string): string {
  const value = isRecord(report) ? report[key] : undefined;
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
