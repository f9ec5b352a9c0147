import { defineConfig } from 'vitest/config';
import { conditions, testFiles } from '../../vitest.shared.ts';

export default defineConfig({
  ...conditions,
  test: { name: 'server', ...testFiles, globalSetup: ['test/support/global-setup.ts'] },
});
