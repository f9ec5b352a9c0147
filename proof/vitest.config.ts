import { defineConfig } from 'vitest/config';
import { conditions, testFiles } from '../vitest.shared.ts';

export default defineConfig({ ...conditions, test: { name: 'proof', ...testFiles } });
