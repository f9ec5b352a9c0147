import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { useMemoryFolder } from './scripts/memory-folder.ts';
import { reporters } from './vitest.shared.ts';

useMemoryFolder();

export default defineConfig({
  test: {
    projects: ['packages/*', 'examples', 'proof'],
    reporters: reporters('unit'),
    // Vitest leaves a core to itself, which is one worker on two cores; ours wait for processes and moments.
    maxWorkers: Math.max(4, availableParallelism()),
  },
});
