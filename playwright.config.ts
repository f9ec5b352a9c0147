import { defineConfig } from '@playwright/test';

/** Browser tests run in the system's Chromium (`scripts/install-test-tools`); no browser is downloaded. */
export default defineConfig({
  testDir: '.',
  testMatch: ['packages/*/test/browser/**/*.spec.ts'],
  forbidOnly: true,
  fullyParallel: true,
  workers: 2,
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
