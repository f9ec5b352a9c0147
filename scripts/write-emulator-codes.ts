import { writeFileSync } from 'node:fs';
import { toCodesPage } from '../packages/emulator/test/code-table-page.ts';

// Writes docs/emulator-codes.md; a test of the emulator fails while it is not current.
writeFileSync(new URL('../docs/emulator-codes.md', import.meta.url), toCodesPage());
