import { defineConfig } from 'vitest/config';
import { reporters } from './vitest.shared.ts';

export default defineConfig({
  test: { projects: ['packages/*', 'examples'], reporters: reporters('unit') },
});
