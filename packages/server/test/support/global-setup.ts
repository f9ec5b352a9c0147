import { createTemplate } from './test-database.ts';
import { startTestEngine } from './test-engine.ts';

/** Starts one engine for the whole run; its tests make their databases there. */
export async function setup(): Promise<() => Promise<void>> {
  const engine = await startTestEngine();
  await createTemplate(engine);
  process.env['GREENROOM_TEST_ENGINE'] = engine.ownerUrl;
  return engine.stop;
}
