// Writes docs/configuration.md anew. Run it with `node --conditions=@greenroom/source scripts/write-configuration.ts`.
import { writeFileSync } from 'node:fs';
import { toConfigurationPage } from '../packages/server/src/config/configuration-page.ts';

writeFileSync(new URL('../docs/configuration.md', import.meta.url), toConfigurationPage());
