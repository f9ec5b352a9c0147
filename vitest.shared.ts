const resolve = { conditions: ['@greenroom/source'] };

/** Lets Vitest take our packages' TypeScript as it is, so that nothing is built to run a test. */
export const conditions = { resolve, ssr: { resolve } };

/** What `npm test` runs: everything but the suites that need a browser or a system package. */
export const testFiles = {
  include: ['test/**/*.test.ts'],
  exclude: ['test/system/**', 'test/browser/**'],
  testTimeout: 20_000,
  hookTimeout: 20_000,
  // A second, which is Vitest's own, is none on a machine that is busy; what holds at once is waited for no longer.
  expect: { poll: { timeout: 10_000 } },
  // Nothing is created at module level, so files can follow each other in one process, which imports once.
  isolate: false,
  // Hundreds of tests start a server or the command: each would strip and compile the same files anew.
  env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/node_modules/.cache/compile` },
};

/** People read the terminal; `scripts/sum-suites.ts` reads the file. */
export function reporters(suite: string): ['default', ['json', { outputFile: string }]] {
  return ['default', ['json', { outputFile: `${import.meta.dirname}/.ci/out/${suite}.json` }]];
}
