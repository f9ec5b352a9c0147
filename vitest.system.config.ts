import { defineConfig } from 'vitest/config';
import { useMemoryFolder } from './scripts/memory-folder.ts';
import { conditions, reporters } from './vitest.shared.ts';

useMemoryFolder();

/** Tests that need a system package or a tool of `scripts/install-test-tools`; what is missing fails. */
export default defineConfig({
  ...conditions,
  test: {
    name: 'system',
    reporters: reporters('system'),
    include: ['packages/*/test/system/**/*.test.ts', 'examples/test/system/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
