import { defineConfig } from '@playwright/test';
import { useMemoryFolder } from './scripts/memory-folder.ts';

useMemoryFolder();

/** Browser tests run in the system's Chromium (`scripts/install-test-tools`); no browser is downloaded. */
export default defineConfig({
  testDir: '.',
  testMatch: ['packages/*/test/browser/**/*.spec.ts'],
  forbidOnly: true,
  fullyParallel: true,
  workers: 2,
  // What holds is waited for no longer; a machine that is busy needs more than Playwright's own 5 and 30 seconds.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '.ci/out/browser.json' }]],
  use: {
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
