const resolve = { conditions: ['@greenroom/source'] };

/** Lets Vitest take our packages' TypeScript as it is, so that nothing is built to run a test. */
export const conditions = { resolve, ssr: { resolve } };

/** What `npm test` runs: everything but the suites that need a browser or a system package. */
export const testFiles = {
  include: ['test/**/*.test.ts'],
  exclude: ['test/system/**', 'test/browser/**'],
  testTimeout: 20_000,
  hookTimeout: 20_000,
  // Hundreds of tests start a server or the command: each would strip and compile the same files anew.
  env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/node_modules/.cache/compile` },
};

/** People read the terminal; `scripts/sum-suites.ts` reads the file. */
export function reporters(suite: string): ['default', ['json', { outputFile: string }]] {
  return ['default', ['json', { outputFile: `${import.meta.dirname}/.ci/out/${suite}.json` }]];
}
