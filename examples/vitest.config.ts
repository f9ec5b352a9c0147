import { defineConfig } from 'vitest/config';
import { conditions, testFiles } from '../vitest.shared.ts';

export default defineConfig({
  ...conditions,
  test: {
    name: 'examples',
    ...testFiles,
    // An example may itself be a test.
    include: ['**/*.test.ts'],
    exclude: [...testFiles.exclude, '**/node_modules/**'],
  },
});
